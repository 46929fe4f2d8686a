// SPDX-License-Identifier: Apache-2.0
// A message service's side of the REST door (schemas/openapi.yaml): submit, lease, fetch,
// acknowledge. Connections are kept.
#pragma once

#include "http/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kurir_load {

namespace asio = boost::asio;

// How a door is reached, and as whom.
struct Access {
    std::string url; // of the door, without path
    http::TlsFiles tls;
    base::Path token_file;
    std::string metrics; // URL of the daemon's metrics; empty = not looked at
};

struct Answer {
    int status = 0; // 0 = none: it may have been taken or not
    std::string message_id;
    std::optional<base::Duration> retry_after;
    std::string error; // for people
};

struct Item {
    std::string id;
    std::string message_id;
    std::string lease;
};

class Service {
public:
    // Errors of base (token file) and http (TLS files). `connections` are kept at most.
    static base::Result<Service>
    make(asio::any_io_executor executor, const Access& access, std::size_t connections);

    asio::awaitable<Answer> submit(base::Bytes document);
    // Errors of http; http::errc::bad_response for an answer that is not the contract's.
    asio::awaitable<base::Result<bool>> has_in_inbox(std::string state); // leases nothing
    asio::awaitable<base::Result<std::vector<Item>>> lease(std::size_t max);
    asio::awaitable<base::Result<base::Bytes>> payload_sha256(std::string id);
    asio::awaitable<base::Result<>> acknowledge(Item item);
    void close();

private:
    Service() = default;
    http::ClientRequest request(std::string method, std::string path) const;

    std::string url_;
    std::string token_;
    std::unique_ptr<http::Client> client_;
};

} // namespace kurir_load
