// SPDX-License-Identifier: Apache-2.0
// Parts, PartInfo, signature and encryption that belong together, or do not; each refusal with the
// EBMS code of design 5.6. Headers are in unpack_header_test.cpp, damage in unpack_damage_test.cpp,
// good messages in pack_test.cpp.
#include "as4/unpack.hpp"

#include "crypto/digest.hpp"
#include "recipe.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a message put together by hand is accepted as it stands", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(verified->message().info.message_id == recipe.message.info.message_id);
    CHECK(verified->peer().party_id == support::party_a);
    CHECK(verified->signer() == exchange().a.signer.certificate());
    CHECK(verified->references().size() == 4);
    REQUIRE(verified->parts().size() == 2);
    CHECK(support::gunzip(support::content_octets(verified->parts()[1].content)) == "<Second/>");
    CHECK(verified->parts()[1].plain_size == 9);
    CHECK(verified->parts()[1].mime_type == "text/xml");
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("a part that the signature does not cover is refused", "[as4][AS4 5.1.5]")
{
    Recipe recipe(exchange());
    recipe.digests.clear();
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("a part that the P-Mode wants encrypted is refused in clear", "[as4][AS4 5.1.7]")
{
    Recipe recipe(exchange());
    recipe.encrypted.clear();
    recipe.parts[0].encrypted = false;
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("one of two parts left in clear is refused", "[as4][AS4 5.1.7]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    recipe.encrypted.pop_back();
    recipe.parts[1].encrypted = false;
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE(
    "without encryption in the P-Mode a part may come in clear, and must still be signed", "[as4]"
)
{
    support::Terms terms;
    terms.pmode.must_encrypt = false;
    const support::Exchange open(terms);
    Recipe recipe(open);
    CHECK(refused(recipe, open) == "accepted");
    recipe.encrypted.clear();
    recipe.parts[0].encrypted = false;
    recipe.parts[0].type = "application/gzip";
    CHECK(refused(recipe, open) == "accepted");
    recipe.parts[0].octets += '\0';
    CHECK(refused(recipe, open) == "EBMS:0101");
    recipe.digests.clear();
    CHECK(refused(recipe, open) == "EBMS:0103");
}

TEST_CASE("parts and PartInfo that do not match are refused", "[as4][TA08]")
{
    Recipe recipe(exchange());
    SECTION("a MIME part more")
    {
        recipe.parts.push_back({"extra", "text/plain", "x", false});
    }
    SECTION("a MIME part without Content-ID")
    {
        recipe.parts.push_back({"", "text/plain", "x", false});
    }
    SECTION("a MIME part less")
    {
        recipe.parts.clear();
    }
    SECTION("no MIME at all")
    {
        recipe.multipart = false;
    }
    SECTION("a part signed that PayloadInfo does not name")
    {
        recipe.digests.push_back({"other", crypto::sha256("")});
    }
    SECTION("a part encrypted that PayloadInfo does not name")
    {
        recipe.encrypted.push_back({"other", "text/plain"});
    }
    SECTION("the same Content-ID twice")
    {
        recipe.parts.push_back(recipe.parts[0]);
    }
    SECTION("the Content-ID of the SOAP part")
    {
        recipe.message.parts[0].href = "cid:root";
        recipe.digests[0].content_id = recipe.encrypted[0].content_id = recipe.parts[0].content_id =
            "root";
    }
    SECTION("an external address")
    {
        recipe.message.parts[0].href = "https://example.org/payload";
    }
    SECTION("a payload in the Body")
    {
        recipe.message.parts[0].href = "";
    }
    SECTION("one part named in two spellings")
    {
        recipe.message.parts.push_back(recipe.message.parts[0]);
        recipe.message.parts[1].href = "cid:%6dessage";
    }
    SECTION("something in the Body")
    {
        recipe.after_signing = replacing("></S12:Body>", "><x/></S12:Body>");
    }
    SECTION("text in the Body")
    {
        recipe.after_signing = replacing("></S12:Body>", ">x</S12:Body>");
    }
    CHECK(refused(recipe) == "EBMS:0011");
}

TEST_CASE("percent-encoded cid and a missing start are borne", "[as4]")
{
    Recipe recipe(exchange());
    recipe.message.parts[0].href = "cid:m%65ssage";
    recipe.name_start = false;
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("a SOAP part without Content-ID is borne, with or without a start that names it", "[as4]")
{
    Recipe recipe(exchange());
    recipe.name_start = GENERATE(true, false);
    auto body = recipe.cook();
    replace(body.octets, "Content-ID: <root>\r\n", "");
    CHECK(refused(body) == "accepted");
}

TEST_CASE("attachments before the SOAP part are held back within a limit", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", base::Bytes(100'000, 'x') + "end");
    recipe.soap_position = GENERATE(1u, 2u);
    const auto verified =
        support::unpack(exchange().b.context(), recipe.cook(), exchange().now, 777);
    REQUIRE(verified);
    CHECK(verified->parts()[0].content_id == "message");
    CHECK(verified->parts()[1].plain_size == 100'003);
    CHECK(refused(recipe) == "accepted");

    auto context = exchange().b.context();
    context.limits.early_part = 20;
    const auto early = support::unpack(context, recipe.cook(), exchange().now);
    REQUIRE_FALSE(early);
    CHECK(early.error().code == as4::errc::too_early);
    CHECK(told(early.error()) == "EBMS:0007");
}

TEST_CASE("an early attachment is checked like any other", "[as4]")
{
    Recipe recipe(exchange());
    recipe.soap_position = 1;
    recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) {
        octets[20] = static_cast<char>(octets[20] ^ 1);
    };
    CHECK(refused(recipe) == "EBMS:0102");
    recipe.parts.push_back({"extra", "text/plain", "x", false});
    recipe.soap_position = 2;
    recipe.alter_wire_part = [](base::Bytes&, std::size_t) {};
    CHECK(refused(recipe) == "EBMS:0011");
}

TEST_CASE("parts in another order than PartInfo come out in PartInfo order", "[as4][TA45]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    std::swap(recipe.parts[0], recipe.parts[1]);
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(verified->parts()[0].content_id == "message");
    CHECK(verified->parts()[1].content_id == "second");
}

TEST_CASE("part properties that cannot be used are refused", "[as4][TA26][TA29]")
{
    Recipe recipe(exchange());
    auto& properties = recipe.message.parts[0].properties;
    SECTION("no MimeType with compression")
    {
        properties = {{"CompressionType", "application/gzip", ""}};
    }
    SECTION("another compression")
    {
        properties[1].value = "application/x-bzip2";
    }
    SECTION("no encoding name")
    {
        properties.push_back({"CharacterSet", "!utf*", ""});
    }
    SECTION("a property twice")
    {
        properties.push_back({"MimeType", "text/plain", ""});
    }
    CHECK(refused(recipe) == "EBMS:0003");
}

TEST_CASE("a CharacterSet that is an encoding name is told to the consumer", "[as4][TA27]")
{
    Recipe recipe(exchange());
    recipe.message.parts[0].properties.push_back({"CharacterSet", "UTF-16", ""});
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(verified->parts()[0].character_set == "UTF-16");
}

TEST_CASE("more parts than the P-Mode has are refused before decryption", "[as4]")
{
    Recipe recipe(exchange());
    for (int i = 0; i < 16; ++i)
        recipe.add("part-" + std::to_string(i), "x");
    CHECK(refused(recipe) == "EBMS:0007");
}

TEST_CASE("a flood of parts before the SOAP part is refused", "[as4][facts attack 18]")
{
    Recipe recipe(exchange());
    recipe.parts.clear();
    for (int i = 0; i < 1000; ++i)
        recipe.parts.push_back({"part-" + std::to_string(i), "text/plain", "x", false});
    recipe.soap_position = recipe.parts.size();
    CHECK(refused(recipe) == "EBMS:0007");
}

TEST_CASE("parts are as the P-Mode's payload profile has them, and no larger", "[as4][EBMS:0003]")
{
    support::Terms terms;
    terms.pmode.payload_profile = {
        {"message", "text/xml", 1000, true}, {"second", "text/xml", 9, false}
    };
    terms.pmode.max_payload_total = 200;
    const support::Exchange agreed(terms);
    Recipe recipe(agreed);
    CHECK(refused(recipe, agreed) == "accepted");
    SECTION("as large as agreed")
    {
        recipe.add("second", "<Second/>");
        CHECK(refused(recipe, agreed) == "accepted");
    }
    SECTION("larger than agreed")
    {
        recipe.add("second", "<Second />");
        CHECK(refused(recipe, agreed) == "EBMS:0303");
    }
    SECTION("a part nobody agreed on")
    {
        recipe.add("third", "<Third/>");
        CHECK(refused(recipe, agreed) == "EBMS:0003");
    }
}

TEST_CASE("all parts together are no larger than the P-Mode has it", "[as4]")
{
    support::Terms terms;
    const auto first =
        support::unpack(exchange().b.context(), Recipe(exchange()).cook(), exchange().now);
    terms.pmode.max_payload_total = first.value().parts().front().plain_size + 9;
    const support::Exchange agreed(terms);
    Recipe recipe(agreed);
    SECTION("as large as agreed")
    {
        recipe.add("second", "<Second/>");
        CHECK(refused(recipe, agreed) == "accepted");
    }
    SECTION("larger than agreed")
    {
        recipe.add("second", "<Second />");
        CHECK(refused(recipe, agreed) == "EBMS:0303");
    }
}

TEST_CASE("a signer whose key is shorter than the P-Mode's minimum strength is refused", "[as4]")
{
    support::Terms terms;
    terms.pmode.minimum_strength = 2049;
    const support::Exchange strict(terms);
    CHECK(refused(Recipe(strict), strict) == "EBMS:0103");
}

TEST_CASE("a message without what its P-Mode demands is refused", "[as4][4CT_TA01][EBMS:0003]")
{
    Recipe recipe(exchange());
    recipe.message.properties.clear();
    CHECK(refused(recipe) == "EBMS:0003");
}
