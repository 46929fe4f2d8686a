// SPDX-License-Identifier: Apache-2.0
// The CLI's connection to the daemon: HTTP over the admin socket, one exchange at a time.
// AdminClient prints each failure once. Commands only return the exit code.
#pragma once

#include "http/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace kurir {

namespace json = boost::json;

enum class Form { text, json };

// The exit codes for monitoring and scripts, the same for every command.
enum Exit : int { ok = 0, failed = 1, usage = 2, not_reachable = 3 };

class AdminClient {
public:
    AdminClient(std::string socket, Form form);
    // Returns the answer to GET `path`. Returns nothing after a failure; exit_code() then has the
    // exit code.
    std::optional<json::object> get(const std::string& path);
    // Sends any request. Fails as get() does, also for an HTTP status of 400 and above.
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
