// SPDX-License-Identifier: Apache-2.0
// MessageIds are valid whatever the party id is.
#include "ebms/message_id.hpp"

#include "base/id.hpp"
#include "ebms/structure.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a MessageId is valid whatever the party id is", "[ebms][ebMS 5.2.2.1][RFC 2822 3.6.4]")
{
    const auto unique = base::uuid();
    const auto side = [&](const std::string& party) {
        const auto id = ebms::make_message_id(unique, party);
        INFO(id);
        CHECK(ebms::is_strict_message_id(id));
        CHECK(ebms::is_message_id(id));
        REQUIRE(id.starts_with(unique + "@"));
        return id.substr(unique.size() + 1);
    };
    CHECK(side("AP0000001") == "ap0000001.kurir");
    CHECK(side("AP0040-SDK-PROD") == "ap0040-sdk-prod.kurir");
    CHECK(side("ap.kommun.example") == "ap.kommun.example.kurir");
    CHECK(
        side("urn:oasis:names:tc:ebcore:partyid-type:unregistered:x") ==
        "urn-oasis-names-tc-ebcore-partyid-type-unregistered-x.kurir"
    );
    CHECK(side("https://ap.example/as4?x=1#y") == "https-ap.example-as4-x-1-y.kurir");
    CHECK(side("0203:kommun.example") == "0203-kommun.example.kurir");
    CHECK(side("Region Norr") == "region-norr.kurir");
    CHECK(side("göteborg") == "g-teborg.kurir");
    CHECK(side("日本") == "kurir");
    CHECK(side("") == "kurir");
    CHECK(side("..a..b..") == "a.b.kurir");
    CHECK(side("a@b") == "a-b.kurir");
    CHECK(side("<a\"b\\c>\r\n\t(d)") == "a-b-c-d.kurir");
    CHECK(side(std::string(5000, 'a')) == std::string(64, 'a') + ".kurir");
    CHECK(side(std::string(5000, '.')) == "kurir");
    for (int octet = 0; octet < 256; ++octet)
        side(std::string("a") + static_cast<char>(octet) + "b" + static_cast<char>(octet));
}

TEST_CASE("a chosen MessageId is a msg-id of RFC 2822", "[ebms][RFC 2822 3.6.4]")
{
    for (const char* id : {"a@b", "a.b@c.d", "0f1e-2@x.example", "a!#$%&'*+-/=?^_`{|}~@b", "1@2"})
        CHECK(ebms::is_strict_message_id(id));
    for (const std::string id :
         {"",      "@",     "a",     "a@",      "@b",          "a@b@c", "a b@c",
          "a:b@c", "a@b:1", "<a@b>", "a..b@c",  ".a@b",        "a.@b",  "a@b.",
          "a@.b",  "å@b",   "a@b\n", "\"a\"@b", "a@[1.2.3.4]", "a,b@c", "(a)@b"}) {
        INFO(id);
        CHECK_FALSE(ebms::is_strict_message_id(id));
    }
    CHECK_FALSE(ebms::is_strict_message_id(std::string(254, 'a') + "@b"));
}

TEST_CASE("a text that a reader would not find again in a header has an obstacle", "[ebms]")
{
    for (const std::string text :
         {"AP0001", "urn:a:b", "Region Norr", "göteborg", "a&b<c>", "日本", "😀"})
        CHECK(ebms::obstacle_in(text).empty());
    CHECK(ebms::obstacle_in("") == "is empty");
    CHECK(ebms::obstacle_in(std::string(1024, 'x')).empty());
    CHECK(ebms::obstacle_in(std::string(1025, 'x')) == "is longer than 1024 octets");
    for (const std::string text : {"a\nb", "a\tb", "a\x7f", "\x01"})
        CHECK(ebms::obstacle_in(text) == "has a control character");
    for (const std::string text : {" a", "a ", "a  b", " "})
        CHECK(ebms::obstacle_in(text).starts_with("has a space at its beginning"));
    for (const std::string text : {"\xE5", "\xC3", "\xED\xA0\x80", "\xEF\xBF\xBF"})
        CHECK(ebms::obstacle_in(text) == "has a character that XML cannot carry");
}
