// SPDX-License-Identifier: Apache-2.0
// Several addresses of one host, some of which do not answer.
#include "http/connect.hpp"

#include "loop.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/ip/v6_only.hpp>

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

http::Endpoint local(std::uint16_t port)
{
    return tcp::endpoint(asio::ip::address_v4::loopback(), port);
}

// An address that drops what comes: nobody accepts there, and its queue is full.
class Silent {
public:
    explicit Silent(Loop& loop) : acceptor_(loop.io, tcp::v4())
    {
        acceptor_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        acceptor_.listen(0);
        for (int i = 0; i < 8; ++i) {
            waiting_.emplace_back(loop.io);
            waiting_.back().async_connect(
                acceptor_.local_endpoint(), [](const boost::system::error_code&) {}
            );
        }
        for (int i = 0; i < 20; ++i)
            loop.io.run_one_for(2ms);
    }
    http::Endpoint endpoint() const { return local(acceptor_.local_endpoint().port()); }

private:
    tcp::acceptor acceptor_;
    std::vector<tcp::socket> waiting_;
};

std::uint16_t closed_port(Loop& loop)
{
    return RawServer(loop).port();
}

struct Outcome {
    boost::system::error_code error;
    std::uint16_t port = 0; // of the address that was taken
    std::chrono::steady_clock::duration took{};
};

Outcome connect(Loop& loop, const http::Endpoints& endpoints, base::Duration limit = 10s)
{
    http::Socket socket(loop.io);
    const auto begun = http::Clock::now();
    Outcome outcome;
    outcome.error = loop.run(http::connect_any(socket, endpoints, begun + limit));
    outcome.took = http::Clock::now() - begun;
    if (outcome.error) return outcome;
    tcp::endpoint taken;
    const auto remote = socket.remote_endpoint();
    std::memcpy(taken.data(), remote.data(), remote.size());
    taken.resize(remote.size());
    outcome.port = taken.port();
    return outcome;
}

} // namespace

TEST_CASE("the first address that answers is taken", "[http][RFC 8305 5]")
{
    Loop loop;
    RawServer server(loop);
    const auto good = local(server.port());
    SECTION("the first of them")
    {
        RawServer other(loop);
        CHECK(connect(loop, {good, local(other.port())}).port == server.port());
        CHECK_FALSE(other.waiting());
    }
    SECTION("after one that refuses, at once")
    {
        const auto outcome = connect(loop, {local(closed_port(loop)), good});
        CHECK(outcome.port == server.port());
        CHECK(outcome.took < 200ms);
    }
    SECTION("beside one that is silent, long before the limit")
    {
        const Silent silent(loop);
        const auto outcome = connect(loop, {silent.endpoint(), good});
        CHECK(outcome.port == server.port());
        CHECK(outcome.took >= 200ms);
        CHECK(outcome.took < 3s);
    }
}

TEST_CASE("if no address answers, the limit or the last refusal is told", "[http][RFC 8305]")
{
    Loop loop;
    SECTION("refused by all")
    {
        const auto closed = local(closed_port(loop));
        CHECK(connect(loop, {closed, closed}).error == asio::error::connection_refused);
    }
    SECTION("silence")
    {
        const Silent silent(loop);
        const auto outcome = connect(loop, {local(closed_port(loop)), silent.endpoint()}, 100ms);
        CHECK(outcome.error == asio::error::timed_out);
        CHECK(outcome.took < 3s);
    }
    SECTION("no address at all")
    {
        CHECK(connect(loop, {}).error);
    }
}

TEST_CASE("families take turns", "[http][RFC 8305 4]")
{
    const auto six = [](std::uint16_t port) {
        return http::Endpoint(tcp::endpoint(asio::ip::address_v6::loopback(), port));
    };
    const http::Endpoints given{six(1), six(2), six(3), local(4), local(5)};
    const http::Endpoints expected{six(1), local(4), six(2), local(5), six(3)};
    CHECK(http::in_turns(given) == expected);
}

TEST_CASE("IPv4 is taken where IPv6 does not answer, and the other way round", "[http][TA46]")
{
    Loop loop;
    tcp::acceptor six(loop.io);
    boost::system::error_code failed;
    const tcp::endpoint any(asio::ip::address_v6::loopback(), 0);
    six.open(tcp::v6(), failed);
    if (!failed) six.set_option(asio::ip::v6_only(true), failed);
    if (!failed) six.bind(any, failed);
    if (failed) {
        WARN("SKIPPED: no IPv6 here");
        return;
    }
    RawServer four(loop);
    const auto at_six = [](std::uint16_t port) {
        return http::Endpoint(tcp::endpoint(asio::ip::address_v6::loopback(), port));
    };
    // Bound and not listening: refused.
    CHECK(
        connect(loop, {at_six(six.local_endpoint().port()), local(four.port())}).port == four.port()
    );
    six.listen();
    four.close();
    const auto port = six.local_endpoint().port();
    CHECK(connect(loop, {local(closed_port(loop)), at_six(port)}).port == port);
}
