// SPDX-License-Identifier: Apache-2.0
// Runs both ends of a conversation in one thread: a test reads as a sequence of steps, and each
// step turns the loop until it is done. A step that does not end within 20 s fails the test.
#pragma once

#include "http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <exception>
#include <functional>
#include <optional>

namespace asio = boost::asio;

class Loop {
public:
    asio::io_context io{1};

    void turn_until(const std::function<bool()>& done);

    template <class T> T run(asio::awaitable<T> work)
    {
        std::optional<T> result;
        std::exception_ptr failure;
        bool done = false;
        auto finish = [&](std::exception_ptr error, T value) {
            failure = error;
            result = std::move(value);
            done = true;
        };
        asio::co_spawn(io, std::move(work), finish);
        turn_until([&] { return done; });
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }
    void run(asio::awaitable<void> work);
};

// A peer that sends what octets it likes.
class Raw {
public:
    Raw(Loop& loop, std::uint16_t port); // connects
    Raw(Loop& loop, asio::ip::tcp::socket socket) : loop_(loop), socket_(std::move(socket)) {}

    bool send(std::string octets);            // false: the connection is broken
    void send_now(const std::string& octets); // without a turn of the loop
    asio::awaitable<bool> write(std::string octets);
    std::string read_until(std::string_view end
    );                      // with the end; shorter if the connection ends before
    std::string read_all(); // until the end of the connection, however it ends
    bool has_input();       // something can be read without waiting
    void end_sending();
    void reset(); // closes with RST
    void close();

private:
    Loop& loop_;
    asio::ip::tcp::socket socket_;
    std::string input_;
};

// A server that a test plays itself.
class RawServer {
public:
    explicit RawServer(Loop& loop);
    std::uint16_t port() const;
    Raw accept();
    bool waiting(); // whether a connection waits to be accepted
    void close();

private:
    Loop& loop_;
    asio::ip::tcp::acceptor acceptor_;
};

// The output of a shell command, run beside the loop.
std::string shell(Loop& loop, const std::string& command);

// Octets made up as they are asked for.
class MadeUp final : public http::BodySource {
public:
    explicit MadeUp(std::uint64_t size, bool announced = true, std::size_t piece = 50'000);
    std::optional<std::uint64_t> length() const override;
    asio::awaitable<base::Result<base::Bytes>> next() override;
    std::uint64_t announce = 0;
    std::uint64_t fail_at = ~std::uint64_t(0);

private:
    std::uint64_t left_;
    std::uint64_t given_ = 0;
    bool announced_;
    std::size_t piece_;
};
