// SPDX-License-Identifier: Apache-2.0
// A message held against its P-Mode: each parameter is obeyed, and what it leaves open is open.
#include "pmode/parameters.hpp"

#include <catch2/catch.hpp>

using pmode::errc;

namespace {

// An agreement that says something of everything.
pmode::PMode full()
{
    pmode::PMode mode = *pmode::preset("edelivery");
    mode.id = "full";
    mode.agreement = ebms::AgreementRef{"A1", "T1", "P1"};
    mode.party_type = mode.own_party_type = "urn:party";
    mode.service_type = "urn:type";
    mode.services = {"s1", "s2"};
    mode.actions = {"a1", "a2"};
    mode.properties = {
        {"originalSender", "iso6523-actorid-upis", true},
        {"trackingIdentifier", std::nullopt, false},
        {"case", "urn:case", false}
    };
    mode.payload_profile = {
        {"message", "text/xml", 100, true},
        {"attachment", "", 0, false},
    };
    return mode;
}

ebms::PartInfo part(const std::string& content_id, const std::string& mime_type)
{
    return {"cid:" + content_id, {{"MimeType", mime_type, ""}}};
}

ebms::UserMessage fitting()
{
    const pmode::PMode mode = full();
    ebms::UserMessage message;
    message.from = {{"one", mode.party_type}, mode.initiator_role};
    message.to = {{"two", mode.party_type}, mode.responder_role};
    message.agreement = mode.agreement;
    message.service = {"s2", "urn:type"};
    message.action = "a1";
    message.properties = {
        {"originalSender", "0203:a", "iso6523-actorid-upis"}, {"finalRecipient", "0203:b", ""}
    };
    message.parts = {part("message", "text/xml"), part("attachment", "application/pdf")};
    return message;
}

boost::system::error_code
error_of(const ebms::UserMessage& message, const pmode::PMode& mode = full())
{
    const auto conforming = pmode::conforms(message, mode);
    return conforming ? boost::system::error_code() : conforming.error().code;
}

using Change = void (*)(ebms::UserMessage&);

} // namespace

TEST_CASE("a message as agreed conforms", "[pmode]")
{
    CHECK_FALSE(error_of(fitting()));
    auto message = fitting();
    message.mpc = full().mpc; // named or absent, the default MPC is the default MPC
    message.properties.push_back({"trackingIdentifier", "t", "any"});
    message.properties.push_back({"of nobody's agreement", "x", ""});
    message.parts.pop_back();
    message.agreement->pmode.clear();
    CHECK_FALSE(error_of(message));
}

TEST_CASE(
    "roles, service, action, agreement and MPC select a P-Mode: no other one is guessed",
    "[pmode][ED115 1.4.4.1][EBMS:0010]"
)
{
    const Change changes[] = {
        [](ebms::UserMessage& m) { m.from.role = m.to.role; },
        [](ebms::UserMessage& m) { m.to.role = m.from.role; },
        [](ebms::UserMessage& m) { m.service.value = "s3"; },
        [](ebms::UserMessage& m) { m.service.type = "urn:other"; },
        [](ebms::UserMessage& m) { m.action = "a3"; },
        [](ebms::UserMessage& m) { m.mpc = "urn:other"; },
        [](ebms::UserMessage& m) { m.agreement.reset(); },
        [](ebms::UserMessage& m) { m.agreement->value = "A2"; },
        [](ebms::UserMessage& m) { m.agreement->type = "T2"; },
        [](ebms::UserMessage& m) { m.agreement->pmode = "P2"; },
    };
    for (std::size_t i = 0; i < std::size(changes); ++i) {
        INFO(i);
        ebms::UserMessage message = fitting();
        changes[i](message);
        CHECK(error_of(message) == errc::no_match);
    }
}

TEST_CASE("the pmode attribute of an agreement is optional both ways", "[pmode][ED115 1.4.4.1]")
{
    auto message = fitting();
    auto mode = full();
    mode.agreement->pmode.clear();
    CHECK_FALSE(error_of(message, mode));
    mode.agreement->pmode = "P2";
    CHECK(error_of(message, mode) == errc::no_match);
    message.agreement->pmode.clear();
    CHECK_FALSE(error_of(message, mode));
}

TEST_CASE("what a P-Mode leaves open is accepted", "[pmode]")
{
    auto message = fitting();
    message.service = {"urn:any", ""};
    message.action = "any";
    message.agreement = ebms::AgreementRef{"urn:any", "", ""};
    message.parts = {part("any", "any/type")};
    CHECK_FALSE(error_of(message, *pmode::preset("edelivery")));
    message.agreement.reset();
    message.parts.clear();
    CHECK_FALSE(error_of(message, *pmode::preset("edelivery")));
}

TEST_CASE("a service without type is demanded by an empty type", "[pmode][EBMS 5.2.2.8]")
{
    auto mode = full();
    mode.services = {"urn:s"};
    mode.service_type = "";
    auto message = fitting();
    message.service = {"urn:s", ""};
    CHECK_FALSE(error_of(message, mode));
    message.service.type = "urn:type";
    CHECK(error_of(message, mode) == errc::no_match);
}

TEST_CASE(
    "a value without type is a URI", "[pmode][EBMS 5.2.2.4][EBMS 5.2.2.7][EBMS 5.2.2.8][EBMS:0003]"
)
{
    auto mode = *pmode::preset("edelivery");
    auto message = fitting();
    auto expected = errc::inconsistent;
    SECTION("of the sender")
    {
        message.from.id = {"AP1", ""};
        expected = errc::untyped_party;
    }
    SECTION("of the receiver")
    {
        message.to.id = {"AP1", ""};
        expected = errc::untyped_party;
    }
    SECTION("of the service")
    {
        message.service = {"s1", ""};
    }
    SECTION("of the agreement")
    {
        message.agreement = ebms::AgreementRef{"A1", "", ""};
    }
    CHECK(error_of(message, mode) == expected);
}

TEST_CASE("the agreed message properties must be there, with their types", "[pmode][EBMS:0003]")
{
    auto message = fitting();
    SECTION("a required one is missing")
    {
        message.properties.erase(message.properties.begin());
    }
    SECTION("a required one has another type")
    {
        message.properties[0].type = "urn:other";
    }
    SECTION("a required one has no type")
    {
        message.properties[0].type.clear();
    }
    SECTION("an optional one has another type")
    {
        message.properties.push_back({"case", "1", "urn:other"});
    }
    CHECK(error_of(message) == errc::inconsistent);
}

TEST_CASE("four corners: a message names its sender and recipient", "[pmode][4CT_TA01]")
{
    auto mode = *pmode::preset("edelivery");
    auto message = fitting();
    for (const char* name : {"originalSender", "finalRecipient"}) {
        message = fitting();
        const auto named = [&](const ebms::Property& each) { return each.name == name; };
        message.properties.erase(
            std::find_if(message.properties.begin(), message.properties.end(), named)
        );
        CHECK(error_of(message, mode) == errc::inconsistent);
    }
    message.properties.clear();
    mode.four_corner = false;
    CHECK_FALSE(error_of(message, mode));
}

TEST_CASE("the payload profile says which parts there are, and of what type", "[pmode][EBMS:0003]")
{
    auto message = fitting();
    SECTION("a required part is missing")
    {
        message.parts.erase(message.parts.begin());
    }
    SECTION("no parts at all")
    {
        message.parts.clear();
    }
    SECTION("a part nobody agreed on")
    {
        message.parts.push_back(part("other", "text/xml"));
    }
    SECTION("a part of another type")
    {
        message.parts[0] = part("message", "text/plain");
    }
    SECTION("a part that is no MIME part")
    {
        message.parts[1].href = "http://example/";
    }
    CHECK(error_of(message) == errc::inconsistent);
}

TEST_CASE("what a payload rule leaves open is open", "[pmode]")
{
    auto message = fitting();
    message.parts[0] = part("message", "TEXT/XML");
    CHECK_FALSE(error_of(message));
    message.parts[0].properties.clear(); // the part's own type, which the header does not tell
    CHECK_FALSE(error_of(message));
    message.parts[1] = part("attachment", "");
    CHECK_FALSE(error_of(message));
    message.parts[1].href = "cid:%61ttachment"; // [RFC 2392] percent-encoded or not
    CHECK_FALSE(error_of(message));
}

TEST_CASE(
    "every P-Mode has the test service, whatever its services, properties and payloads",
    "[pmode][TA16][TA17][ED115 1.4.4.3]"
)
{
    auto message = fitting();
    message.service = {std::string(ebms::test_service), ""};
    message.action = ebms::test_action;
    message.properties.clear();
    message.parts.clear();
    CHECK(pmode::is_test(message));
    CHECK(full().covers(ebms::test_service, ebms::test_action));
    CHECK_FALSE(error_of(message));
    message.parts = {part("ping", "text/plain")};
    CHECK_FALSE(error_of(message));

    SECTION("parties, roles and agreement are the P-Mode's")
    {
        message.agreement.reset();
        CHECK(error_of(message) == errc::no_match);
    }
    SECTION("the test action of another service is an action like others")
    {
        message.service = {"s1", "urn:type"};
        CHECK_FALSE(pmode::is_test(message));
        CHECK(error_of(message) == errc::no_match);
    }
    SECTION("another action of the test service is none")
    {
        message.action = "a1";
        CHECK_FALSE(pmode::is_test(message));
        CHECK(error_of(message) == errc::no_match);
    }
}

TEST_CASE("a part may be as large as its rule and the total leave", "[pmode]")
{
    auto mode = full();
    mode.limits.inflated = 1000;
    CHECK(mode.limits_of("message", 0).inflated == 100);
    CHECK(mode.limits_of("attachment", 0).inflated == 1000); // its rule says nothing
    mode.max_payload_total = 120;
    CHECK(mode.limits_of("message", 0).inflated == 100);
    CHECK(mode.limits_of("attachment", 100).inflated == 20);
    CHECK(mode.limits_of("attachment", 120).inflated == 0);
    CHECK(mode.limits_of("attachment", 500).inflated == 0);
    mode.limits.inflated = 50;
    CHECK(mode.limits_of("message", 0).inflated == 50);
    CHECK(mode.limits_of("message", 0).ratio == mode.limits.ratio);
}

TEST_CASE("media types are compared by their meaning", "[pmode][RFC 2045 5.1]")
{
    for (const char* given :
         {"text/xml", "TEXT/Xml", "text/xml; charset=UTF-8", "text/xml;charset=\"utf-8\"",
          " text/xml "})
        CHECK(pmode::is_media_type(given, "text/xml"));
    for (const char* given : {"text/xml2", "text", "", "application/xml", "text/xml; charset"})
        CHECK_FALSE(pmode::is_media_type(given, "text/xml"));
    CHECK(pmode::is_media_type("text/xml; a=b; Charset=\"UTF-8\"", "text/xml;charset=utf-8"));
    CHECK_FALSE(pmode::is_media_type("text/xml", "text/xml;charset=utf-8"));
    CHECK_FALSE(pmode::is_media_type("text/xml;charset=latin1", "text/xml;charset=utf-8"));
    auto message = fitting();
    message.parts[0] = part("message", "Text/XML; charset=\"UTF-8\"");
    CHECK_FALSE(error_of(message));
    message.parts[0] = part("message", "text/plain");
    CHECK(error_of(message) == errc::inconsistent);
}
