// SPDX-License-Identifier: Apache-2.0
// Octets changed, cut, blown up or split anywhere on the way.
#include "as4/unpack.hpp"

#include "crypto/digest.hpp"
#include "recipe.hpp"

#include <catch2/catch.hpp>

#include <random>

TEST_CASE("damage to what is encrypted has one answer", "[as4][facts attack 12]")
{
    Recipe recipe(exchange());
    const auto answer_to = [&](const Recipe& damaged) {
        const auto verified =
            support::unpack(exchange().b.context(), damaged.cook(), exchange().now);
        if (verified) return std::string("accepted");
        const auto answer = as4::error_answer(verified.error());
        return std::string(answer.code->code) + " " + answer.detail;
    };
    const std::string uniform = "EBMS:0102 decryption failed";
    SECTION("the wrapped key")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto at = soap.find("<xenc:CipherValue>") + 30;
            soap[at] = soap[at] == 'A' ? 'B' : 'A';
        };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("the IV, the ciphertext, the tag")
    {
        const auto at = GENERATE(0, 11, 12, 20, -1, -16);
        recipe.alter_wire_part = [at](base::Bytes& octets, std::size_t) {
            auto& octet = octets
                [at < 0 ? octets.size() - static_cast<std::size_t>(-at)
                        : static_cast<std::size_t>(at)];
            octet = static_cast<char>(octet ^ 0x10);
        };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("cut short")
    {
        const auto left = GENERATE(0u, 1u, 12u, 27u, 28u, 40u);
        recipe.alter_wire_part = [left](base::Bytes& octets, std::size_t) { octets.resize(left); };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("octets added")
    {
        recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) { octets += "more"; };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("digest and tag both wrong")
    {
        recipe.digests[0].sha256 = crypto::sha256("something else");
        recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) {
            octets[13] = static_cast<char>(octets[13] ^ 1);
        };
        CHECK(answer_to(recipe) == uniform);
    }
}

TEST_CASE("an attachment with another digest than the signed one is refused", "[as4][TA35]")
{
    Recipe recipe(exchange());
    recipe.parts[0].octets = support::gzip("<Forged/>");
    CHECK(refused(recipe) == "EBMS:0101");
    // and the digest comes before the outcome of inflating: what is not signed is not judged
    // further
    recipe.parts[0].octets = "not gzip";
    CHECK(refused(recipe) == "EBMS:0101");
}

TEST_CASE("what was signed and then compressed is refused", "[as4][TA35]")
{
    Recipe recipe(exchange());
    recipe.digests[0].sha256 = crypto::sha256("<XHE/>"); // of the document, not of its gzip octets
    CHECK(refused(recipe) == "EBMS:0101");
}

TEST_CASE("what was encrypted and then compressed is refused", "[as4][TA37]")
{
    Recipe recipe(exchange());
    recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) {
        octets = support::gzip(octets);
    };
    CHECK(refused(recipe) == "EBMS:0102");
}

TEST_CASE("gzip that is broken or a bomb is refused", "[as4][TA30]")
{
    support::Terms terms;
    terms.pmode.limits.inflated = 64 << 20;
    const support::Exchange both(terms);
    Recipe recipe(both);
    base::Bytes octets = support::gzip("<XHE/>");
    SECTION("not gzip")
    {
        octets = "<XHE/>";
    }
    SECTION("cut")
    {
        octets.pop_back();
    }
    SECTION("octets after the end")
    {
        octets += "x";
    }
    SECTION("wrong CRC")
    {
        octets[octets.size() - 6] = static_cast<char>(octets[octets.size() - 6] ^ 1);
    }
    SECTION("empty")
    {
        octets.clear();
    }
    SECTION("a bomb by ratio")
    {
        octets = support::gzip(base::Bytes(30 << 20, '\0'));
    }
    SECTION("a bomb by size")
    {
        const base::Bytes member = support::gzip(base::Bytes(1 << 20, '\0'));
        for (int i = 0; i < 70; ++i)
            octets += member;
    }
    recipe.parts[0].octets = octets;
    recipe.digests[0].sha256 = crypto::sha256(octets);
    CHECK(refused(recipe, both) == "EBMS:0303");
}

TEST_CASE("a part over the size limit is told by HTTP 413", "[as4]")
{
    support::Terms terms;
    terms.pmode.limits.compressed = 1000;
    terms.pmode.limits.plain_text = 500;
    const support::Exchange both(terms);
    Recipe recipe(both);
    CHECK(refused(recipe, both) == "accepted");
    SECTION("as it travels")
    {
        recipe.parts[0].octets = base::Bytes(1000, 'x');
    }
    SECTION("text that is kept whole")
    {
        recipe.message.parts[0].properties = {{"MimeType", "text/plain", ""}};
        recipe.encrypted[0].mime_type = "text/plain";
        recipe.parts[0].octets = base::Bytes(600, 'x');
    }
    CHECK(refused(recipe, both) == "413 EBMS:0004");
}

TEST_CASE("a message cut anywhere is refused", "[as4][facts attack 18]")
{
    const auto whole = Recipe(exchange()).cook();
    const auto closing = whole.octets.rfind("--\r\n");
    const auto context = exchange().b.context();
    for (std::size_t at = 0; at < closing; at += at + 300 < closing ? 211 : 1) {
        const support::HttpBody cut{whole.content_type, whole.octets.substr(0, at)};
        INFO("cut at " << at);
        CHECK_FALSE(support::unpack(context, cut, exchange().now));
    }
}

TEST_CASE("any octet flipped is refused or changes nothing that was proven", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second>payload</Second>");
    const auto whole = recipe.cook();
    const auto context = exchange().b.context();
    const auto good = support::unpack(context, whole, exchange().now);
    REQUIRE(good);
    const auto truth = proven(*good);
    std::mt19937 random(20261122);
    int refusals = 0;
    for (int round = 0; round < 700; ++round) {
        auto damaged = whole;
        auto& octet = damaged.octets[random() % damaged.octets.size()];
        octet = static_cast<char>(octet ^ (1 << (random() % 8)));
        const auto verified = support::unpack(context, damaged, exchange().now);
        if (!verified)
            ++refusals;
        else
            CHECK(proven(*verified) == truth);
    }
    CHECK(refusals > 500);
}

TEST_CASE("every bit of the attachments and of the signed elements counts", "[as4]")
{
    const Recipe recipe(exchange());
    const auto whole = recipe.cook();
    const auto context = exchange().b.context();
    const auto good = support::unpack(context, whole, exchange().now);
    const auto truth = proven(good.value());
    const auto part = whole.octets.find("Content-ID: <message>\r\n\r\n") + 25;
    const auto end = whole.octets.rfind("\r\n--recipe-boundary--");
    for (std::size_t at = part; at < end; ++at) {
        auto damaged = whole;
        damaged.octets[at] = static_cast<char>(damaged.octets[at] ^ (1 << (at % 8)));
        INFO("at " << at - part);
        CHECK_FALSE(support::unpack(context, damaged, exchange().now));
    }
    for (const std::string_view element : {"<eb:Messaging", "<ds:SignedInfo"}) {
        const auto begin = whole.octets.find(element);
        const auto close = whole.octets.find("</" + std::string(element.substr(1)), begin);
        for (std::size_t at = begin; at < close; at += 7) {
            auto damaged = whole;
            damaged.octets[at] = static_cast<char>(damaged.octets[at] ^ 1);
            // Only a prefix that the envelope declares as well can change without changing the
            // canonical form.
            INFO(element << " at " << at - begin);
            const auto verified = support::unpack(context, damaged, exchange().now);
            if (verified) CHECK(proven(*verified) == truth);
        }
    }
}

TEST_CASE("the pieces in which a message comes do not matter", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    const auto whole = recipe.cook();
    const auto context = exchange().b.context();
    const auto at_once = support::unpack(context, whole, exchange().now, whole.octets.size());
    REQUIRE(at_once);
    for (const std::size_t piece : {1u, 2u, 3u, 17u, 64u, 1000u}) {
        const auto verified = support::unpack(context, whole, exchange().now, piece);
        REQUIRE(verified);
        CHECK(proven(*verified) == proven(*at_once));
    }
}

TEST_CASE(
    "a SOAP part over its limit is refused while it comes, with or without MIME",
    "[as4][facts attack 19]"
)
{
    const auto [type, begin] = GENERATE(table<std::string, std::string>({
        {"application/soap+xml", ""},
        {"multipart/related; boundary=b; type=\"application/soap+xml\"", "--b\r\n\r\n"},
    }));
    const auto context = exchange().b.context();
    auto unpacker = as4::Unpacker::start(context, type, exchange().now);
    REQUIRE(unpacker);
    REQUIRE(unpacker->feed(begin));
    const base::Bytes spaces(64 * 1024, ' ');
    base::Result<> fed;
    for (int i = 0; fed && i < 20; ++i)
        fed = unpacker->feed(spaces);
    REQUIRE_FALSE(fed);
    CHECK(fed.error().code == xml::errc::limit);
}

TEST_CASE("the first error stays the answer", "[as4]")
{
    Recipe recipe(exchange());
    recipe.digests.clear();
    const auto body = recipe.cook();
    const auto context = exchange().b.context();
    auto unpacker = as4::Unpacker::start(context, body.content_type, exchange().now);
    REQUIRE(unpacker);
    const auto fed = unpacker->feed(body.octets);
    REQUIRE_FALSE(fed);
    CHECK(unpacker->feed("more").error().code == fed.error().code);
    CHECK(unpacker->finish().error().code == fed.error().code);
    CHECK(unpacker->message_id() == recipe.message.info.message_id);
    CHECK(unpacker->peer() != nullptr);
}

TEST_CASE("a peer is named only after its signature was proven", "[as4]")
{
    Recipe recipe(exchange());
    recipe.after_signing = replacing("<eb:ConversationId>", "<eb:ConversationId>x");
    const auto body = recipe.cook();
    const auto context = exchange().b.context();
    auto unpacker = as4::Unpacker::start(context, body.content_type, exchange().now);
    REQUIRE_FALSE(unpacker->feed(body.octets));
    CHECK(unpacker->message_id() == recipe.message.info.message_id);
    CHECK(unpacker->peer() == nullptr);
}

TEST_CASE("nothing is left in the spool folder after a refused message", "[as4]")
{
    Recipe recipe(exchange());
    base::Bytes large(300'000, ' ');
    std::mt19937 random(1);
    for (auto& octet : large)
        octet = static_cast<char>(random());
    recipe.add("large", large);
    recipe.parts.pop_back();
    recipe.parts.push_back({"large", "application/octet-stream", support::gzip(large)});
    recipe.digests.back().sha256 = crypto::sha256("another");
    CHECK(refused(recipe) == "EBMS:0101");
    CHECK(base::list_folder(exchange().b.spool->path()).value().empty());
}
