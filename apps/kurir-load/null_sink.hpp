// SPDX-License-Identifier: Apache-2.0
// A door that takes every document, keeps it in memory and hands it out again at once: what the
// generator can do when nothing holds it back. Its own thread, plain HTTP on loopback.
#pragma once

#include "http/server.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <string>
#include <thread>

namespace kurir_load {

// The REST door's paths that the generator uses.
class Sink {
public:
    http::asio::awaitable<http::Response> handle(http::Request& request);
    // Puts a document into the inbox, as `message_id`.
    void put(std::string message_id, base::Bytes document);

private:
    http::Response lease();
    http::Response list() const;

    struct Held {
        std::string message_id;
        base::Bytes document;
    };
    std::map<std::string, Held> items_; // by id; what is acknowledged is gone
    std::string last_leased_;
    std::uint64_t last_id_ = 0;
};

class NullSink {
public:
    static base::Result<std::unique_ptr<NullSink>> start();
    ~NullSink();
    NullSink(const NullSink&) = delete;
    std::string url() const;

private:
    NullSink() = default;
    boost::asio::io_context io_{1};
    Sink sink_;
    std::unique_ptr<http::Server> server_;
    std::thread thread_;
};

} // namespace kurir_load
