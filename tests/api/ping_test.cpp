// SPDX-License-Identifier: Apache-2.0
// Ping over the operator's door: a peer that answers, one that does not, and names that are none.
#include "doors.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <catch2/catch.hpp>

using doors::body_of;
using doors::Pair;
namespace asio = boost::asio;

namespace {

http::Response ping(Pair& pair, const std::string& peer, const std::string& body = "{}")
{
    return pair.ask(
        pair.admin_a,
        Pair::request("", "POST", "/admin/peers/" + peer + "/ping", body, "application/json")
    );
}

} // namespace

TEST_CASE("a ping tells the receipt, who signed it, and what the wire was like", "[api][TA16]")
{
    for (const bool four_corner : {true, false}) {
        support::Terms terms;
        terms.pmode.four_corner = four_corner;
        Pair pair(terms);
        const auto answer = body_of(ping(pair, "ap0002-test"));
        CHECK(answer.at("peer").as_string() == "ap0002-test");
        CHECK(answer.at("http_status").as_int64() == 200);
        CHECK(answer.at("error").is_null());
        CHECK(
            answer.at("receipt").at("signer").at("sha256").as_string() ==
            base::hex(pair.exchange.b.identity.certificate().fingerprint())
        );
        // Nothing is kept here, and there a row that is final.
        const auto own =
            body_of(pair.ask(pair.admin_a, Pair::request("", "GET", "/admin/messages")));
        CHECK(own.at("items").as_array().empty());
        const auto theirs =
            body_of(pair.ask(pair.admin_b, Pair::request("", "GET", "/admin/messages")));
        REQUIRE(theirs.at("items").as_array().size() == 1);
        CHECK(theirs.at("items").at(0).at("state").as_string() == "answered");
        CHECK(theirs.at("items").at(0).at("message_id") == answer.at("message_id"));
    }
}

TEST_CASE("a ping that is not receipted tells why, as attempts do", "[api][TA16]")
{
    Pair pair;
    pair.a.network = [](support::HttpBody) -> asio::awaitable<base::Result<http::ClientResponse>> {
        co_return base::Error(http::errc::cannot_connect, "refused");
    };
    const auto away = body_of(ping(pair, "ap0002-test"));
    CHECK(away.at("receipt").is_null());
    CHECK(away.at("http_status").is_null());
    CHECK(std::string(away.at("error").as_string()).find("refused") != std::string::npos);

    pair.a.network = [](support::HttpBody) -> asio::awaitable<base::Result<http::ClientResponse>> {
        http::ClientResponse page;
        page.status = 502;
        page.body = "<html/>";
        co_return page;
    };
    const auto page = body_of(ping(pair, "ap0002-test"));
    CHECK(page.at("http_status").as_int64() == 502);
    CHECK_FALSE(page.at("error").is_null());
}

TEST_CASE("a peer whose receipts come by themselves is told as such", "[api][TA16]")
{
    support::Terms terms;
    terms.pmode.receipt_reply = pmode::ReplyPattern::callback;
    Pair pair(terms);
    int status = 202;
    pair.a.network = [&](support::HttpBody) -> asio::awaitable<base::Result<http::ClientResponse>> {
        http::ClientResponse nothing;
        nothing.status = status;
        co_return nothing;
    };
    const auto taken = body_of(ping(pair, "ap0002-test"));
    CHECK(taken.at("receipt").is_null());
    CHECK(std::string(taken.at("error").as_string()).starts_with("taken without an error"));
    status = 500;
    const auto failed = body_of(ping(pair, "ap0002-test"));
    CHECK(std::string(failed.at("error").as_string()).starts_with("HTTP 500"));
}

TEST_CASE("a peer that is silent costs the time that was given, and no more", "[api][TA16]")
{
    Pair pair;
    pair.a.network = [](support::HttpBody) -> asio::awaitable<base::Result<http::ClientResponse>> {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer forever(executor, std::chrono::hours(1));
        co_await forever.async_wait(asio::use_awaitable);
        co_return base::Error(http::errc::closed);
    };
    const auto answer = body_of(ping(pair, "ap0002-test", R"({"seconds":1})"));
    CHECK(answer.at("receipt").is_null());
    CHECK(answer.at("took_ms").as_int64() >= 1000);
    CHECK(answer.at("took_ms").as_int64() < 10'000);
}

TEST_CASE("an unknown peer, ourselves and a wrong time are told as such", "[api]")
{
    Pair pair;
    const auto unknown = ping(pair, "nobody");
    CHECK(unknown.status == 404);
    CHECK(body_of(unknown).at("code").as_string() == "no_such_peer");
    const auto own = body_of(ping(pair, support::party_a));
    CHECK(own.at("code").as_string() == "no_such_peer");
    CHECK(std::string(own.at("detail").as_string()).find("itself") != std::string::npos);
    CHECK(ping(pair, "ap0002-test", R"({"seconds":0})").status == 400);
    CHECK(ping(pair, "ap0002-test", R"({"x":1})").status == 400);
}
