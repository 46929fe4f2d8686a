// SPDX-License-Identifier: Apache-2.0
// The steps of raw peers.
#include "loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <future>
#include <stdexcept>

namespace {

using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<bool> connect_to(tcp::socket& socket, std::uint16_t port)
{
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    auto [error] = co_await socket.async_connect(endpoint, as_result);
    co_return !error;
}

asio::awaitable<bool> write_all(tcp::socket& socket, std::string octets)
{
    const auto buffer = asio::buffer(octets);
    auto [error, sent] = co_await asio::async_write(socket, buffer, as_result);
    co_return !error;
}

// What came, or nothing at the end.
asio::awaitable<std::string> read_some(tcp::socket& socket)
{
    std::string piece(65536, '\0');
    const auto buffer = asio::buffer(piece);
    auto [error, received] = co_await socket.async_read_some(buffer, as_result);
    piece.resize(received);
    co_return piece;
}

asio::awaitable<bool> accept_one(tcp::acceptor& acceptor, tcp::socket& socket)
{
    auto [error] = co_await acceptor.async_accept(socket, as_result);
    co_return !error;
}

std::string output_of(std::string command)
{
    std::string output;
    // The shell reads the command from its standard input, so that a program that waits for ever is
    // ended with the shell, however the command is quoted.
    std::FILE* pipe = ::popen(
        ("timeout -k 1 60 sh <<'END_OF_COMMAND'\n" + command + "\nEND_OF_COMMAND\n").c_str(), "r"
    );
    std::array<char, 4096> buffer{};
    while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    if (status != 0) output += "[status " + std::to_string(status) + "]";
    return output;
}

} // namespace

void Loop::turn_until(const std::function<bool()>& done)
{
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
        if (io.stopped()) io.restart();
        io.run_one_for(std::chrono::milliseconds(20));
        if (std::chrono::steady_clock::now() > limit)
            throw std::runtime_error("this step does not end");
    }
}

void Loop::run(asio::awaitable<void> work)
{
    std::exception_ptr failure;
    bool done = false;
    auto finish = [&](std::exception_ptr error) {
        failure = error;
        done = true;
    };
    asio::co_spawn(io, std::move(work), finish);
    turn_until([&] { return done; });
    if (failure) std::rethrow_exception(failure);
}

Raw::Raw(Loop& loop, std::uint16_t port) : loop_(loop), socket_(loop.io)
{
    if (!loop.run(connect_to(socket_, port))) throw std::runtime_error("cannot connect");
}

bool Raw::send(std::string octets)
{
    return loop_.run(write_all(socket_, std::move(octets)));
}

asio::awaitable<bool> Raw::write(std::string octets)
{
    co_return co_await write_all(socket_, std::move(octets));
}

std::string Raw::read_until(std::string_view end)
{
    auto at = input_.find(end);
    while (at == std::string::npos) {
        const auto piece = loop_.run(read_some(socket_));
        if (piece.empty()) return std::exchange(input_, {});
        input_ += piece;
        at = input_.find(end);
    }
    auto taken = input_.substr(0, at + end.size());
    input_.erase(0, at + end.size());
    return taken;
}

std::string Raw::read_all()
{
    for (;;) {
        const auto piece = loop_.run(read_some(socket_));
        if (piece.empty()) return std::exchange(input_, {});
        input_ += piece;
    }
}

void Raw::send_now(const std::string& octets)
{
    asio::write(socket_, asio::buffer(octets));
}

bool Raw::has_input()
{
    return !input_.empty() || socket_.available() > 0;
}

void Raw::end_sending()
{
    socket_.shutdown(tcp::socket::shutdown_send);
}

void Raw::reset()
{
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
}

void Raw::close()
{
    socket_.close();
}

RawServer::RawServer(Loop& loop)
    : loop_(loop), acceptor_(loop.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0))
{
}

std::uint16_t RawServer::port() const
{
    return acceptor_.local_endpoint().port();
}

Raw RawServer::accept()
{
    tcp::socket socket(loop_.io);
    if (!loop_.run(accept_one(acceptor_, socket))) throw std::runtime_error("cannot accept");
    return Raw(loop_, std::move(socket));
}

bool RawServer::waiting()
{
    acceptor_.non_blocking(true);
    tcp::socket socket(loop_.io);
    boost::system::error_code error;
    acceptor_.accept(socket, error);
    return !error;
}

void RawServer::close()
{
    acceptor_.close();
}

std::string shell(Loop& loop, const std::string& command)
{
    auto output = std::async(std::launch::async, output_of, command);
    loop.turn_until([&] {
        return output.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    return output.get();
}

MadeUp::MadeUp(std::uint64_t size, bool announced, std::size_t piece)
    : announce(size), left_(size), announced_(announced), piece_(piece)
{
}

std::optional<std::uint64_t> MadeUp::length() const
{
    if (!announced_) return std::nullopt;
    return announce;
}

asio::awaitable<base::Result<base::Bytes>> MadeUp::next()
{
    if (given_ >= fail_at) co_return base::Error(http::errc::closed, "as the test wants it");
    base::Bytes piece(std::min<std::uint64_t>(left_, piece_), 'x');
    left_ -= piece.size();
    given_ += piece.size();
    co_return piece;
}
