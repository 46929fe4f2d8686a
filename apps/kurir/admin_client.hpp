// SPDX-License-Identifier: Apache-2.0
// The CLI's way to the daemon: HTTP over the admin socket, one exchange after the other. What fails
// is told to the user here, once; commands only pass the exit code on.
#pragma once

#include "http/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace kurir {

namespace json = boost::json;

enum class Form { text, json };

// For monitoring and scripts; the same for every command.
enum Exit : int { ok = 0, failed = 1, usage = 2, not_reachable = 3 };

class AdminClient {
public:
    AdminClient(std::string socket, Form form);
    // The answer to GET `path`; nothing if there is none, and exit_code() says why.
    std::optional<json::object> get(const std::string& path);
    std::optional<http::ClientResponse> send(http::ClientRequest request, const std::string& path);
    Form form() const { return form_; }
    int exit_code() const { return exit_code_; }

private:
    void unreachable(const base::Error& error);
    void refused(const http::ClientResponse& response);

    boost::asio::io_context io_;
    std::unique_ptr<http::Client> client_;
    std::string socket_;
    Form form_;
    int exit_code_ = ok;
};

} // namespace kurir
