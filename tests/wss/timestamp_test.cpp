// SPDX-License-Identifier: Apache-2.0
// wsu:Timestamp: its shape, and what a signature over it proves.
#include "wss/timestamp.hpp"

#include "crypto/digest.hpp"
#include "wss/message.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using message::first_replaced;
using message::re_signed;
using message::refusal;
using message::replaced;

namespace {

const base::Time one_oclock = base::parse_time("2026-11-22T01:00:00Z").value();

std::string element(const std::string& content)
{
    return "<wsu:Timestamp xmlns:wsu=\"" + std::string(wss::uri::wsu) + "\">" + content +
           "</wsu:Timestamp>";
}

std::string created(const std::string& time)
{
    return "<wsu:Created>" + time + "</wsu:Created>";
}

std::string expires(const std::string& time)
{
    return "<wsu:Expires>" + time + "</wsu:Expires>";
}

struct Times {
    std::optional<base::Time> created;
    std::optional<base::Time> expires;
    friend bool operator==(const Times&, const Times&) = default;
};

base::Result<Times> read(const std::string& content)
{
    const auto document = xml::Document::parse(element(content));
    REQUIRE(document);
    const auto timestamp = wss::read_timestamp(document->root());
    if (!timestamp) return timestamp.error();
    return Times{timestamp->created, timestamp->expires};
}

std::string piece(const std::string& soap, const std::string& begin, const std::string& end)
{
    const std::size_t start = soap.find(begin);
    REQUIRE(start != std::string::npos);
    return soap.substr(start, soap.find(end, start) + end.size() - start);
}

std::string timestamp_of(const std::string& soap)
{
    return piece(soap, "<wsu:Timestamp", "</wsu:Timestamp>");
}

const std::string good = "2026-11-22T01:00:00Z";
const std::string later = "2026-11-22T01:05:00Z";

} // namespace

TEST_CASE("A Timestamp may have Created, Expires, both or nothing", "[wss][WSS 10]")
{
    CHECK(read(created(good) + expires(later)).value() == Times{one_oclock, one_oclock + 5min});
    CHECK(read(created(good)).value() == Times{one_oclock, {}});
    CHECK(read(expires(good)).value() == Times{{}, one_oclock});
    CHECK(read("").value() == Times{});
    CHECK(read(created(good) + expires(good)).value() == Times{one_oclock, one_oclock});
    // What its times say matters only if it is signed.
    CHECK(read(created(later) + expires(good)).value() == Times{one_oclock + 5min, one_oclock});
}

TEST_CASE("Times of a Timestamp are read as xsd:dateTime, without a zone as UTC", "[wss]")
{
    for (const char* time :
         {"2026-11-22T01:00:00", "2026-11-22T02:00:00+01:00", "2026-11-21T11:00:00-14:00",
          "2026-11-22T01:00:00.0000000Z", "2026-11-22T01:00:00.000000000+00:00",
          "2026-11-22T01:00:00.000999999999999999999999Z", "\n  2026-11-22T01:00:00Z\t",
          "2026-11-22T01:<!-- x -->00:00Z", "<![CDATA[2026-11-22T01:00:00Z]]>"}) {
        INFO(time);
        CHECK(read(created(time)).value() == Times{one_oclock, {}});
    }
}

TEST_CASE("A Timestamp of another shape is refused", "[wss][BSP R3221]")
{
    const auto huge = "2026-11-22T01:00:00." + std::string(1000, '1') + "Z";
    for (const std::string& time :
         {std::string(), std::string("now"), std::string("2026-11-22"), good + "Z",
          std::string("2026-11-22T01:00:00z"), std::string("2026-11-22t01:00:00Z"),
          std::string("2026-11-22T01:00:60Z"), std::string("2026-11-22T01:00:00+25:00"),
          std::string("2026-11-22T01:00:00.Z"), std::string("12026-11-22T01:00:00Z"), huge,
          std::string("<wsu:x/>"), good + "<wsu:x/>", std::string(100'000, '2')}) {
        INFO(time.substr(0, 100));
        CHECK(read(created(time)).error().code == wss::errc::malformed);
        CHECK(read(expires(time)).error().code == wss::errc::malformed);
    }
    for (const std::string& content :
         {created(good) + created(good), expires(good) + expires(good),
          expires(later) + created(good), created(good) + expires(later) + created(good),
          std::string("<wsu:Received/>"), created(good) + element(created(good))}) {
        INFO(content);
        CHECK(read(content).error().code == wss::errc::malformed);
    }
}

TEST_CASE("Elements of other namespaces in a Timestamp are not read", "[wss][WSS 10]")
{
    const std::string other = "<x:Created xmlns:x=\"urn:x\">yesterday</x:Created>";
    CHECK(read(other + created(good) + other).value() == Times{one_oclock, {}});
}

TEST_CASE("A Timestamp that we write is what is hashed, and reads back", "[wss]")
{
    const auto octets =
        wss::write_timestamp({"TS-1", one_oclock, one_oclock + std::chrono::minutes(5)});
    const auto document = xml::Document::parse(octets);
    REQUIRE(document);
    CHECK(xml::canonical(document->root()).value() == octets);
    const auto timestamp = wss::read_timestamp(document->root());
    REQUIRE(timestamp);
    CHECK(timestamp->created == one_oclock);
    CHECK(timestamp->expires == one_oclock + std::chrono::minutes(5));
    CHECK(document->root().attribute({wss::uri::wsu, "Id"}) == "TS-1");
}

TEST_CASE("A Timestamp is the third signed target of a UserMessage", "[wss]")
{
    const auto envelope = message::timestamped();
    const auto parts = message::verify(envelope.soap);
    REQUIRE(parts);
    CHECK(parts->timestamp);
    CHECK(parts->attachments.size() == 1);
    CHECK(envelope.soap.find(envelope.timestamp) != std::string::npos);
    REQUIRE(envelope.references.size() == 4);
    CHECK(envelope.references[2].uri == "#TS-1");
    CHECK(envelope.references[2].digest == crypto::sha256(envelope.timestamp));
    CHECK_FALSE(message::verify(message::signed_soap())->timestamp);
    SECTION("and no octet of it can change")
    {
        CHECK(refusal(replaced(envelope.soap, "01:05:00", "01:06:00")) == wss::errc::bad_digest);
        CHECK(refusal(replaced(envelope.soap, "01:00:00", "00:59:00")) == wss::errc::bad_digest);
    }
    SECTION("and cannot be taken away")
    {
        CHECK(refusal(replaced(envelope.soap, envelope.timestamp, "")) == wss::errc::not_covered);
    }
    SECTION("and is not referenced twice")
    {
        const auto reference = piece(envelope.soap, "<ds:Reference URI=\"#TS-1", "</ds:Reference>");
        CHECK(
            refusal(re_signed(replaced(envelope.soap, reference, reference + reference))) ==
            wss::errc::policy
        );
    }
}

TEST_CASE("An unsigned Timestamp is read, and known to be unsigned", "[wss]")
{
    for (const std::string& content :
         {created(good) + expires(later), created(later) + expires(good), std::string()}) {
        const auto soap = first_replaced(
            message::signed_soap(), "<ds:Signature ", element(content) + "<ds:Signature "
        );
        const auto parts = message::verify(soap);
        REQUIRE(parts);
        CHECK_FALSE(parts->timestamp);
    }
    for (const std::string& content : {created("z"), expires(later) + created(good)}) {
        const auto soap = first_replaced(
            message::signed_soap(), "<ds:Signature ", element(content) + "<ds:Signature "
        );
        CHECK(refusal(soap) == wss::errc::malformed);
    }
}

TEST_CASE("The signed Timestamp cannot stand in for another one", "[wss][attack 1][attack 21]")
{
    const auto soap = message::timestamped().soap;
    const auto ours = timestamp_of(soap);
    const auto other = element(created("2026-12-24T00:00:00Z"));
    SECTION("a second one beside it, signed or not, before or behind")
    {
        CHECK(refusal(replaced(soap, ours, ours + ours)) == wss::errc::malformed);
        CHECK(refusal(replaced(soap, ours, ours + other)) == wss::errc::malformed);
        CHECK(refusal(replaced(soap, ours, other + ours)) == wss::errc::malformed);
    }
    SECTION("the signed one outside of wsse:Security, an unsigned one in its place")
    {
        for (const std::string& place : {std::string("<S12:Header>"), std::string("</S12:Header>")})
            for (const std::string& wrapped : {ours, "<x xmlns=\"urn:x\">" + ours + "</x>"}) {
                const auto moved = place.starts_with("</") ? wrapped + place : place + wrapped;
                INFO(moved);
                CHECK(
                    refusal(replaced(replaced(soap, ours, other), place, moved)) ==
                    wss::errc::policy
                );
                // Nothing in its place: a signature over what is not used proves nothing either.
                CHECK(
                    refusal(replaced(replaced(soap, ours, ""), place, moved)) == wss::errc::policy
                );
            }
    }
    SECTION("the signed one deeper inside of wsse:Security")
    {
        for (const auto* tag : {"ds:Signature", "ds:KeyInfo"}) {
            const auto end = std::string("</") + tag + ">";
            CHECK_FALSE(message::verify(replaced(replaced(soap, ours, other), end, ours + end)));
            CHECK_FALSE(message::verify(replaced(replaced(soap, ours, ""), end, ours + end)));
        }
        const auto wrapper = element("<x:y xmlns:x=\"urn:x\">" + ours + "</x:y>");
        CHECK(refusal(replaced(soap, ours, wrapper)) == wss::errc::policy);
    }
    SECTION("another element with its Id, wherever it stands")
    {
        const std::string twin =
            "<x xmlns=\"urn:x\" xmlns:wsu=\"" + std::string(wss::uri::wsu) + "\" wsu:Id=\"TS-1\"/>";
        CHECK(refusal(replaced(soap, "<S12:Header>", "<S12:Header>" + twin)) == wss::errc::policy);
        CHECK(
            refusal(replaced(soap, "</S12:Header>", twin + "</S12:Header>")) == wss::errc::policy
        );
        CHECK(refusal(replaced(soap, "<S12:Header>", "<S12:Header>" + ours)) == wss::errc::policy);
        CHECK(refusal(replaced(soap, "</S12:Body>", ours + "</S12:Body>")) == wss::errc::policy);
        CHECK(
            refusal(replaced(soap, created("2026-11-22T01:00:00.000Z"), created(good) + twin)) ==
            wss::errc::policy
        );
    }
    SECTION("an element of another name under the signed Id")
    {
        const auto renamed = replaced(ours, "wsu:Timestamp", "wsu:Other");
        CHECK(refusal(re_signed(replaced(soap, ours, renamed))) == wss::errc::malformed);
    }
}

TEST_CASE("A signed Timestamp does not replace what must be signed", "[wss][attack 2]")
{
    const auto soap = message::timestamped().soap;
    const auto to_messaging = piece(soap, "<ds:Reference URI=\"#_messaging", "</ds:Reference>");
    CHECK(refusal(re_signed(replaced(soap, to_messaging, ""))) == wss::errc::not_covered);
}
