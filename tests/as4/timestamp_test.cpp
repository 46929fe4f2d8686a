// SPDX-License-Identifier: Apache-2.0
// A wsu:Timestamp in a UserMessage that is received: one that nobody signed does not matter, a
// signed one is proven and must be fresh (facts: attack 21).
#include "recipe.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

base::Time now()
{
    return exchange().now;
}

std::string created(base::Duration after_now)
{
    return "<wsu:Created>" + base::to_text(now() + after_now) + "</wsu:Created>";
}

std::string expires(base::Duration after_now)
{
    return "<wsu:Expires>" + base::to_text(now() + after_now) + "</wsu:Expires>";
}

support::Exchange demanding()
{
    support::Terms terms;
    terms.pmode.timestamp.required = true;
    return support::Exchange(terms);
}

// A message whose signed Timestamp has this content.
Recipe with_signed(const std::string& content, const support::Exchange& both = exchange())
{
    Recipe recipe(both);
    recipe.timestamp = {"TS", now(), now() + 5min};
    recipe.after_signing = [content, &both](base::Bytes& soap) {
        sign_timestamp(soap, content, both.a.signer);
    };
    return recipe;
}

Recipe with_unsigned(const std::string& content, const support::Exchange& both = exchange())
{
    Recipe recipe(both);
    recipe.after_signing = replacing(
        "</wsse:Security>", "<wsu:Timestamp>" + content + "</wsu:Timestamp></wsse:Security>"
    );
    return recipe;
}

// What is said of the freshness of a message that is accepted otherwise.
std::string staleness(const Recipe& recipe)
{
    const auto body = recipe.cook();
    const auto context = exchange().b.context();
    auto unpacker = as4::Unpacker::start(context, body.content_type, now());
    REQUIRE(unpacker);
    REQUIRE(unpacker->feed(body.octets));
    REQUIRE(unpacker->peer());
    const auto* stale = unpacker->stale();
    const auto told_of = stale == nullptr                              ? "fresh"
                         : stale->code == as4::errc::timestamp_expired ? "expired"
                         : stale->code == as4::errc::timestamp_ahead   ? "ahead"
                                                                       : "?";
    const auto verified = unpacker->finish();
    REQUIRE(verified);
    CHECK(unpacker->signed_info_digest() == verified->signed_info_digest());
    return told_of;
}

} // namespace

TEST_CASE("an unsigned Timestamp does not matter, whatever time it tells", "[as4][WSS 10]")
{
    for (const auto& content :
         {created(0s) + expires(5min), created(-24h * 365) + expires(-24h * 364),
          created(24h * 365), expires(-24h), std::string(),
          std::string("<wsu:Created>1999-12-31T23:59:59.1234567+01:00</wsu:Created>")}) {
        INFO(content);
        CHECK(refused(with_unsigned(content)) == "accepted");
        CHECK(staleness(with_unsigned(content)) == "fresh");
    }
}

TEST_CASE("a Timestamp that is none is refused, signed or not", "[as4][WSS 10][BSP R3227]")
{
    for (const auto& content :
         {created(0s) + created(0s), expires(5min) + created(0s),
          std::string("<wsu:Created>2026-11-22T00:00:00z</wsu:Created>"),
          std::string("<wsu:Created/>"), std::string("<wsu:Expires>soon</wsu:Expires>")}) {
        INFO(content);
        CHECK(refused(with_unsigned(content)) == "EBMS:0103");
        CHECK(refused(with_signed(content)) == "EBMS:0103");
    }
    for (const auto& [from, to] : std::vector<std::pair<base::Duration, base::Duration>>{
             {5min, 0s}, {1ms, 0s}, {24h, 1h}, {-1h, -2h}
         }) {
        const auto content = created(from) + expires(to); // Expires before Created
        CHECK(refused(with_unsigned(content)) == "accepted");
        CHECK(refused(with_signed(content)) == "EBMS:0103");
    }
    const auto second = "</wsu:Timestamp><wsu:Timestamp>" + created(0s);
    CHECK(refused(with_unsigned(created(0s) + second)) == "EBMS:0103");
    auto beside = with_signed(created(0s) + expires(5min));
    beside.after_signing =
        replacing("</wsse:Security>", "<wsu:Timestamp></wsu:Timestamp></wsse:Security>");
    CHECK(refused(beside) == "EBMS:0103");
}

TEST_CASE("a signed Timestamp is proven", "[as4][SAD 6.2.2]")
{
    Recipe recipe(exchange());
    recipe.timestamp = {"TS", now(), now() + 5min};
    CHECK(refused(recipe) == "accepted");
    CHECK(staleness(recipe) == "fresh");
    SECTION("a changed one is refused")
    {
        recipe.after_signing =
            replacing(expires(5min), "<wsu:Expires>2036-01-01T00:00:00.000Z</wsu:Expires>");
        CHECK(refused(recipe) == "EBMS:0101");
    }
    SECTION("one taken away is missed")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto begin = soap.find("<wsu:Timestamp");
            soap.erase(begin, soap.find("</wsu:Timestamp>") + 16 - begin);
        };
        CHECK(refused(recipe) == "EBMS:0103");
    }
    SECTION("one moved out of wsse:Security, with another in its place, is refused")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto begin = soap.find("<wsu:Timestamp");
            const auto size = soap.find("</wsu:Timestamp>") + 16 - begin;
            const auto moved = soap.substr(begin, size);
            soap.replace(begin, size, "<wsu:Timestamp>" + created(0s) + "</wsu:Timestamp>");
            soap.insert(soap.find("</S12:Header>"), moved);
        };
        CHECK(refused(recipe) == "EBMS:0103");
    }
    SECTION("another element under its Id is refused")
    {
        recipe.after_signing =
            replacing("</S12:Header>", "<x xmlns=\"urn:x\" Id=\"TS\"/></S12:Header>");
        CHECK(refused(recipe) == "EBMS:0103");
    }
}

TEST_CASE("a signed Timestamp is fresh within five minutes of our clock", "[as4][WSS 10]")
{
    const auto says = [](const std::string& content) { return staleness(with_signed(content)); };
    SECTION("with Expires")
    {
        CHECK(says(created(0s) + expires(5min)) == "fresh");
        CHECK(says(created(5min) + expires(10min)) == "fresh");
        CHECK(says(created(5min + 1ms) + expires(10min)) == "ahead");
        CHECK(says(created(-10min) + expires(-5min)) == "fresh");
        CHECK(says(created(-10min) + expires(-5min - 1ms)) == "expired");
        CHECK(says(created(-24h * 365) + expires(1s)) == "fresh");
        CHECK(says(created(24h * 365) + expires(24h * 366)) == "ahead");
        CHECK(says(created(-24h * 366) + expires(-24h * 365)) == "expired");
    }
    SECTION("with Expires alone")
    {
        CHECK(says(expires(0s)) == "fresh");
        CHECK(says(expires(-5min)) == "fresh");
        CHECK(says(expires(-5min - 1ms)) == "expired");
        CHECK(says(expires(24h * 3650)) == "fresh");
    }
    SECTION("without Expires: as eb:Timestamp")
    {
        const as4::UnpackLimits limits;
        CHECK(says(created(-1h)) == "fresh");
        CHECK(says(created(-limits.max_timestamp_age)) == "fresh");
        CHECK(says(created(-limits.max_timestamp_age - 1ms)) == "expired");
        CHECK(says(created(limits.max_timestamp_ahead)) == "fresh");
        CHECK(says(created(limits.max_timestamp_ahead + 1ms)) == "ahead");
    }
    SECTION("without any time")
    {
        CHECK(says("") == "fresh");
    }
    SECTION("at the ends of the calendar")
    {
        const auto at = [](const std::string& name, const std::string& time) {
            return "<wsu:" + name + ">" + time + "</wsu:" + name + ">";
        };
        CHECK(says(at("Created", "9999-12-31T24:00:00Z")) == "ahead");
        CHECK(says(at("Expires", "0001-01-01T00:00:00+14:00")) == "expired");
        CHECK(says(created(0s) + at("Expires", "9999-12-31T24:00:00-14:00")) == "fresh");
    }
}

TEST_CASE("the skew is the P-Mode's", "[as4]")
{
    support::Terms terms;
    terms.pmode.timestamp.skew = 1s;
    const support::Exchange strict(terms);
    const auto body = with_signed(created(2s) + expires(5min), strict).cook();
    const auto context = strict.b.context();
    auto unpacker = as4::Unpacker::start(context, body.content_type, now());
    REQUIRE(unpacker.value().feed(body.octets));
    REQUIRE(unpacker->stale());
    CHECK(unpacker->stale()->code == as4::errc::timestamp_ahead);
}

TEST_CASE("a P-Mode can demand a signed Timestamp that says when", "[as4]")
{
    const auto strict = demanding();
    CHECK(refused(Recipe(strict), strict) == "EBMS:0103");
    CHECK(refused(with_unsigned(created(0s) + expires(5min), strict), strict) == "EBMS:0103");
    CHECK(refused(with_signed("", strict), strict) == "EBMS:0103");
    CHECK(refused(with_signed(expires(5min), strict), strict) == "EBMS:0103");
    CHECK(refused(with_signed(created(0s), strict), strict) == "accepted");
    CHECK(refused(with_signed(created(0s) + expires(5min), strict), strict) == "accepted");
}

TEST_CASE("what the peer is told of a Timestamp says which clock to compare", "[as4]")
{
    for (const auto code : {as4::errc::timestamp_expired, as4::errc::timestamp_ahead}) {
        const auto answer = as4::error_answer(base::Error(code));
        REQUIRE(answer.code);
        CHECK(answer.code->code == "EBMS:0101");
        CHECK(answer.detail.find("compare your clock with eb:Timestamp") != std::string::npos);
    }
    CHECK(told(base::Error(as4::errc::no_timestamp)) == "EBMS:0103");
}

TEST_CASE("a receipt repeats the reference to a signed Timestamp", "[as4][AS4 5.1.8]")
{
    const auto& [a, b, at] = exchange();
    const auto context = b.context();
    Recipe recipe(exchange());
    recipe.timestamp = {"TS", now(), now() + 5min};
    const auto verified = support::unpack(context, recipe.cook(), at);
    REQUIRE(verified);
    CHECK(verified->references().size() == 4);
    const auto receipt = as4::make_receipt(*verified, b.signer, at);
    REQUIRE(receipt);
    CHECK(receipt->soap.find("URI=\"#TS\"") != base::Bytes::npos);
    CHECK(receipt->soap.find("<wsu:Timestamp") == base::Bytes::npos);
    const auto error = as4::make_error_signal(
        as4::error_answer(base::Error(as4::errc::timestamp_ahead)), "x@y", b.signer, at
    );
    CHECK(error.value().find("<wsu:Timestamp") == base::Bytes::npos);
}
