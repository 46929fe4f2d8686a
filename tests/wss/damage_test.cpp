// SPDX-License-Identifier: Apache-2.0
// Envelopes damaged at random: nothing crashes, and what still verifies says what was signed.
#include "wss/encryption.hpp"
#include "wss/message.hpp"
#include "xml/canonical.hpp"
#include "xml/errc.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace {

std::string encrypted_envelope()
{
    const wss::SignedEnvelope envelope = message::envelope();
    const auto header = wss::make_encryption_header(
        {{"message", "application/gzip"}, {"attachment@x", "text/plain"}},
        message::bob().certificate(), wss::Algorithms().key_transport.front(),
        wss::TokenReference::bst_x509v3
    );
    REQUIRE(header);
    return std::string(envelope.soap).insert(envelope.insert_at, header->xml);
}

// Where the element that begins at `start` ends; what we write has an end tag for every element.
std::size_t end_of_element(const std::string& soap, std::size_t start)
{
    int depth = 0;
    std::size_t at = start;
    do {
        depth += soap[at + 1] == '/' ? -1 : 1;
        at = depth == 0 ? soap.find('>', at) + 1 : soap.find('<', at + 1);
    } while (depth > 0);
    return at;
}

// Removes, repeats or moves an element, or changes one octet.
std::string damaged(std::string soap, std::mt19937& random)
{
    std::vector<std::size_t> starts;
    for (std::size_t at = soap.find('<', 1); at != std::string::npos; at = soap.find('<', at + 1))
        if (soap[at + 1] != '/') starts.push_back(at);
    const std::size_t begin = starts[random() % starts.size()];
    const std::string element = soap.substr(begin, end_of_element(soap, begin) - begin);
    const std::size_t target = starts[random() % starts.size()];
    switch (random() % 4) {
    case 0:
        return soap.erase(begin, element.size());
    case 1:
        return soap.insert(target, element);
    case 2:
        if (target > begin && target < begin + element.size()) return soap.insert(target, element);
        soap.insert(target, element);
        return soap.erase(target < begin ? begin + element.size() : begin, element.size());
    default:
        soap[random() % soap.size()] = static_cast<char>('!' + random() % 90);
        return soap;
    }
}

} // namespace

TEST_CASE(
    "Random damage neither crashes the reader nor changes what a verified header says", "[wss]"
)
{
    const std::string soap = encrypted_envelope();
    REQUIRE(message::verify(soap));
    std::mt19937 random(20261122);
    std::size_t parsed = 0;
    for (int round = 0; round < 1500; ++round) {
        std::string attacked = damaged(soap, random);
        if (round % 3 == 0 && xml::Document::parse(attacked)) attacked = damaged(attacked, random);
        const auto outcome = message::verify(attacked);
        if (outcome || outcome.error().code.category() == wss::category()) ++parsed;
        if (!outcome) continue;
        const auto document = xml::Document::parse(attacked);
        const auto places = wss::locate(*document);
        CHECK(xml::canonical(places->messaging).value() == message::messaging());
        CHECK(places->body.children().empty());
        CHECK(outcome->attachments.size() == 2);
    }
    CHECK(parsed > 500); // the damage reaches beyond the parser
}

TEST_CASE("An envelope cut anywhere is refused", "[wss]")
{
    const std::string soap = encrypted_envelope();
    for (std::size_t size = 0; size < soap.size(); size += 37)
        CHECK(message::refusal(soap.substr(0, size)) == xml::errc::not_well_formed);
}

TEST_CASE(
    "An envelope with a document type declaration is refused before all else", "[wss][attack 3]"
)
{
    const std::string soap = message::signed_soap();
    CHECK(message::refusal("<!DOCTYPE S12:Envelope>" + soap) == xml::errc::doctype);
    CHECK(
        message::refusal("<!DOCTYPE x [<!ATTLIST x Id ID #IMPLIED>]>" + soap) == xml::errc::doctype
    );
    const auto second = message::first_replaced(soap, "<S12:Header>", "<S12:Header>&x;");
    CHECK(message::refusal("<!DOCTYPE x [<!ENTITY x 'y'>]>" + second) == xml::errc::doctype);
    CHECK(message::refusal(second) == xml::errc::not_well_formed);
}

TEST_CASE("An envelope in UTF-16 or with a byte order mark verifies as well", "[wss][ED115]")
{
    const std::string soap = message::signed_soap();
    CHECK(message::verify("\xEF\xBB\xBF" + soap));
    std::string utf16 = "\xFF\xFE";
    for (const char c : soap)
        utf16 += std::string{c, '\0'};
    CHECK(message::verify(utf16));
}

TEST_CASE("Signing refuses an id that is no name", "[wss]")
{
    for (const char* id : {"", "1a", "a b", "a\"", "#a"}) {
        const wss::ToSign what{message::messaging(), id, {}, wss::TokenReference::bst_x509v3};
        CHECK(wss::sign(what, message::alice().signer()).error().code == wss::errc::malformed);
    }
}
