// SPDX-License-Identifier: Apache-2.0
// Makes one exchange with the daemon and prints its failures.
#include "kurir/admin_client.hpp"

#include "kurir/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>

#include <cstdio>
#include <exception>

namespace kurir {

namespace {

http::ClientLimits limits()
{
    http::ClientLimits limits;
    // Lists can be long.
    limits.response_bytes = 64 * 1024 * 1024;
    // The daemon compresses and syncs a large document before it answers.
    limits.answer = std::chrono::minutes(5);
    return limits;
}

} // namespace

AdminClient::AdminClient(std::string socket, Form form)
    : client_(http::Client::make(io_.get_executor(), nullptr, limits())),
      socket_(std::move(socket)), form_(form)
{
}

std::optional<json::object> AdminClient::get(const std::string& path)
{
    http::ClientRequest request;
    request.method = "GET";
    const auto response = send(std::move(request), path);
    if (!response) return std::nullopt;
    boost::system::error_code failure;
    auto body = json::parse(response->body, failure);
    if (!failure && body.is_object()) return std::move(body.get_object());
    unreachable(base::Error(http::errc::bad_response, "no JSON object"));
    return std::nullopt;
}

std::optional<http::ClientResponse>
AdminClient::send(http::ClientRequest request, const std::string& path)
{
    request.url = "unix:" + socket_ + ":" + path;
    std::optional<base::Result<http::ClientResponse>> answer;
    const auto finish = [&](std::exception_ptr failure,
                            base::Result<http::ClientResponse> response) {
        // The exception leaves io_.run() and reaches main().
        if (failure) std::rethrow_exception(failure);
        answer = std::move(response);
        // Do not wait for the timer of a kept connection.
        io_.stop();
    };
    boost::asio::co_spawn(io_, client_->send(std::move(request)), finish);
    io_.restart();
    io_.run();
    if (!*answer) {
        unreachable(answer->error());
        return std::nullopt;
    }
    auto& response = **answer;
    if (response.status >= 400) {
        refused(response);
        return std::nullopt;
    }
    return std::move(response);
}

void AdminClient::unreachable(const base::Error& error)
{
    // A failure of our own file or disk does not mean that the daemon cannot be reached.
    const bool ours =
        error.code == http::errc::source_failed || error.code.category() == base::category();
    exit_code_ = ours ? failed : not_reachable;
    if (ours)
        std::fprintf(stderr, "kurir: %s\n", shown(error.text()).c_str());
    else
        std::fprintf(
            stderr,
            "kurir: no answer from kurird at %s: %s\n"
            "  Is it running, and is this the admin.socket of its configuration?\n",
            socket_.c_str(), shown(error.text()).c_str()
        );
}

void AdminClient::refused(const http::ClientResponse& response)
{
    exit_code_ = failed;
    boost::system::error_code failure;
    const auto problem = json::parse(response.body, failure);
    if (failure || !problem.is_object()) {
        std::fprintf(stderr, "kurir: kurird answered HTTP %d\n", response.status);
        return;
    }
    if (form_ == Form::json) {
        print(problem.get_object());
        return;
    }
    const auto& said = problem.get_object();
    std::fprintf(stderr, "kurir: %s\n", text_of(said, "title").c_str());
    if (text_of(said, "detail") != text_of(said, "title"))
        std::fprintf(stderr, "  %s\n", text_of(said, "detail").c_str());
    std::fprintf(
        stderr, "  %s (%s)\n", text_of(said, "action").c_str(), text_of(said, "code").c_str()
    );
}

} // namespace kurir
