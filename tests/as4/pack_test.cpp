// SPDX-License-Identifier: Apache-2.0
// The law of the product: what one side packs, the other unpacks to the same; and what an attempt
// may change.
#include "as4/pack.hpp"

#include "crypto/digest.hpp"
#include "support/exchange.hpp"
#include "wss/envelope.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace {

const support::Exchange& exchange()
{
    static const support::Exchange both;
    return both;
}

base::Bytes noise(std::size_t size)
{
    std::mt19937_64 random(size);
    base::Bytes out(size, '\0');
    for (auto& octet : out)
        octet = static_cast<char>(random());
    return out;
}

} // namespace

TEST_CASE("what is packed unpacks to the same, whatever its size", "[as4][TA05][TA38]")
{
    const auto size = GENERATE(0u, 1u, 10'000u, 5'000'000u);
    const auto& [a, b, now] = exchange();
    const std::vector<support::Payload> payloads{{"message", "text/xml", noise(size)}};
    const auto packed = support::pack(a, b, now, payloads);
    const auto body = support::wire(packed, a, b);
    CHECK(body.content_type.find("type=\"application/soap+xml\"") != std::string::npos);
    const auto verified = support::unpack(b.context(), body, now);
    REQUIRE(verified);
    REQUIRE(verified->parts().size() == 1);
    const auto& part = verified->parts().front();
    CHECK(part.plain_size == size);
    CHECK(part.mime_type == "text/xml");
    CHECK(part.compressed);
    CHECK(part.content.in_file() == (size > 1'000'000));
    const auto octets = support::content_octets(part.content);
    CHECK(part.sha256 == crypto::sha256(octets));
    CHECK((octets == support::content_octets(packed.payloads.front())));
    CHECK((support::gunzip(octets) == payloads.front().octets));
    CHECK(verified->message().info.message_id == packed.sealed.message_id);
}

TEST_CASE("payloads from files travel like those from memory", "[as4]")
{
    const auto& [a, b, now] = exchange();
    auto packed = support::pack(a, b, now, {{"message", "text/xml", noise(400'000)}});
    base::Spool spool(a.spool->path());
    REQUIRE(spool.write(packed.payloads[0].memory()));
    packed.payloads[0] = spool.finish();
    REQUIRE(packed.payloads[0].in_file());
    const auto verified = support::unpack(b.context(), support::wire(packed, a, b), now, 4096);
    REQUIRE(verified);
    CHECK((support::gunzip(support::content_octets(verified->parts()[0].content)) == noise(400'000))
    );
}

TEST_CASE("several parts keep their order and types, compressed or not", "[as4][TA04][TA33]")
{
    const auto& [a, b, now] = exchange();
    const std::vector<support::Payload> payloads{
        {"message", "text/xml", "<XHE  b='1' a=\"2\"/>"},
        {"plain-xml", "application/xml", "<?xml version=\"1.0\"?><a  z='1'   b='2'/>", false},
        {"plain-text", "text/plain", "one\ntwo\r\nthree", false},
        {"octets", "application/pdf", noise(100), false},
    };
    auto named = payloads;
    named[3].content_id = "octets@x-y.example";
    const auto packed = support::pack(a, b, now, named);
    CHECK(packed.sealed.parts[0].mime_type == "application/gzip");
    CHECK(packed.sealed.parts[1].mime_type == "application/xml");
    const auto verified = support::unpack(b.context(), support::wire(packed, a, b), now, 100);
    REQUIRE(verified);
    REQUIRE(verified->parts().size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& part = verified->parts()[i];
        CHECK(part.content_id == named[i].content_id);
        CHECK(part.mime_type == named[i].mime_type);
        const auto octets = support::content_octets(part.content);
        CHECK((part.compressed ? support::gunzip(octets) : octets) == named[i].octets);
    }
}

TEST_CASE(
    "a leading document and further payloads arrive whole and in order",
    "[as4][TA06][TA07][TA34][TA36][TA38][TA45]"
)
{
    const auto& [a, b, now] = exchange();
    const std::vector<support::Payload> payloads{
        {"z-leading", "application/xml", "<XHE/>"},
        {"picture", "image/png", noise(70'000)},
        {"a-note", "text/plain", "one\ntwo"}
    };
    const auto packed = support::pack(a, b, now, payloads);
    const auto& soap = packed.sealed.envelope;
    CHECK(soap.find("<S12:Body") != base::Bytes::npos);
    CHECK(soap.find("></S12:Body>") != base::Bytes::npos);
    CHECK(soap.find("cid:z-leading") < soap.find("cid:picture"));
    const auto verified = support::unpack(b.context(), support::wire(packed, a, b), now);
    REQUIRE(verified);
    REQUIRE(verified->parts().size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& part = verified->parts()[i];
        CHECK(part.content_id == payloads[i].content_id);
        CHECK(part.mime_type == payloads[i].mime_type);
        CHECK((support::gunzip(support::content_octets(part.content)) == payloads[i].octets));
    }
}

TEST_CASE("what a sent message names is the profile's, and no more", "[as4][TA12][TA13]")
{
    const auto& [a, b, now] = exchange();
    const auto packed = support::pack(a, b, now, {{"one", "text/xml", "<a/>"}, {"two", "", "x"}});
    const auto body = support::wire(packed, a, b).octets;
    const auto begin = body.find("<S12:Envelope");
    const auto document =
        xml::Document::parse(body.substr(begin, body.find("</S12:Envelope>") + 15 - begin));
    const auto envelope = wss::locate(document.value());
    const auto header = wss::read_security(*document, *envelope.value().security, {});
    const auto& signature = header.value().signature.value();
    REQUIRE(signature.key.certificates == std::vector{a.signer.certificate()});
    REQUIRE(signature.references.size() == 4);
    const auto id = envelope->messaging.attribute({wss::uri::wsu, "Id"});
    CHECK(signature.references[0].uri == "#" + id.value());
    CHECK(
        signature.references[1].uri == "#" + envelope->body.attribute({wss::uri::wsu, "Id"}).value()
    );
    CHECK(signature.references[2].uri == "cid:one");
    CHECK(signature.references[3].uri == "cid:two");
    for (const auto& reference : signature.references)
        CHECK(reference.digest_method == "http://www.w3.org/2001/04/xmlenc#sha256");
    const auto method = signature.signed_info.child({wss::uri::ds, "SignatureMethod"});
    CHECK(
        method->attribute({"", "Algorithm"}) == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    );
    const auto& encryption = header->encryption.value();
    CHECK(encryption.key.certificates == std::vector{b.signer.certificate()});
    CHECK(encryption.parts.size() == 2);
    for (const auto& data : envelope->security->children({wss::uri::xenc, "EncryptedData"}))
        CHECK(
            data.child({wss::uri::xenc, "EncryptionMethod"})->attribute({"", "Algorithm"}) ==
            "http://www.w3.org/2009/xmlenc11#aes128-gcm"
        );
}

TEST_CASE(
    "a compressed part says so and keeps its own type and charset",
    "[as4][TA23][TA24][TA25][TA27][TA28][TA32]"
)
{
    const auto& [a, b, now] = exchange();
    const auto charset = GENERATE(std::string("UTF-8"), std::string("UTF-16"));
    const std::vector<support::Payload> payloads{{"message", "application/xml", "<XHE/>"}};
    auto message = support::make_message(a, b, now, payloads);
    message.parts[0].properties.push_back({"CharacterSet", charset, ""});
    const auto packed = support::pack(a, message, payloads);
    const auto& soap = packed.sealed.envelope;
    CHECK(
        soap.find("name=\"CompressionType\">application/gzip</eb:Property>") != base::Bytes::npos
    );
    CHECK(soap.find("name=\"MimeType\">application/xml</eb:Property>") != base::Bytes::npos);
    CHECK(packed.payloads[0].memory().starts_with("\x1f\x8b"));
    CHECK(packed.sealed.parts[0].mime_type == "application/gzip");
    const auto verified = support::unpack(b.context(), support::wire(packed, a, b), now);
    REQUIRE(verified);
    const auto& part = verified->parts().front();
    CHECK(part.mime_type == "application/xml");
    CHECK(part.character_set == charset);
    CHECK(support::gunzip(support::content_octets(part.content)) == "<XHE/>");
}

TEST_CASE("a message without payload is a bare envelope", "[as4][AS4 5.1.1]")
{
    const auto& [a, b, now] = exchange();
    const auto packed = support::pack(a, b, now, {});
    const auto body = support::wire(packed, a, b);
    CHECK(body.content_type == "application/soap+xml; charset=UTF-8");
    CHECK(body.octets == packed.sealed.envelope);
    const auto verified = support::unpack(b.context(), body, now);
    REQUIRE(verified);
    CHECK(verified->parts().empty());
    CHECK(verified->envelope() == packed.sealed.envelope);
}

TEST_CASE("each attempt has the same header and digests, and fresh encryption", "[as4][AS4 3.2]")
{
    const auto& [a, b, now] = exchange();
    const auto packed = support::pack(a, b, now);
    const auto first = support::wire(packed, a, b);
    const auto second = support::wire(packed, a, b);
    CHECK(first.octets != second.octets);
    const auto one = support::unpack(b.context(), first, now);
    const auto two = support::unpack(b.context(), second, now);
    REQUIRE(one);
    REQUIRE(two);
    CHECK(one->signed_info_digest() == two->signed_info_digest());
    CHECK(one->references() == two->references());
    CHECK(one->parts()[0].sha256 == two->parts()[0].sha256);
}

TEST_CASE("a stored message is sent like the fresh one", "[as4]")
{
    const auto& [a, b, now] = exchange();
    auto packed = support::pack(a, b, now);
    packed.sealed = as4::Sealed::from_bytes(packed.sealed.to_bytes()).value();
    CHECK(support::unpack(b.context(), support::wire(packed, a, b), now));
}

TEST_CASE(
    "parts stand on the wire in PartInfo order, each with its Content-ID and as octets",
    "[as4][SwA 1.1.1 5.5.2]"
)
{
    const auto& [a, b, now] = exchange();
    const auto body = support::wire(
        support::pack(a, b, now, {{"z", "text/xml", "<z/>"}, {"a", "text/xml", "<a/>"}}), a, b
    );
    const auto root = body.octets.find("Content-Type: application/soap+xml");
    const auto z =
        body.octets.find("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: "
                         "binary\r\nContent-ID: <z>");
    const auto last = body.octets.find("Content-ID: <a>");
    CHECK(root < z);
    CHECK(z < last);
    CHECK(last != base::Bytes::npos);
    CHECK(body.octets.find("MimeType=\"application/gzip\"") != base::Bytes::npos);
}

TEST_CASE(
    "without encryption in the P-Mode the parts travel in clear under their own type", "[as4]"
)
{
    support::Terms terms;
    terms.pmode.must_encrypt = false;
    const support::Exchange open(terms);
    const auto packed = support::pack(open.a, open.b, open.now);
    const auto body = support::wire(packed, open.a, open.b);
    CHECK(body.octets.find("Content-Type: application/gzip") != base::Bytes::npos);
    CHECK(body.octets.find(packed.payloads[0].memory()) != base::Bytes::npos);
    CHECK(support::unpack(open.b.context(), body, open.now));
}

TEST_CASE("what cannot be sealed is refused", "[as4]")
{
    const auto& [a, b, now] = exchange();
    auto message = support::make_message(a, b, now, support::one_payload());
    std::vector<wss::PartDigest> digests{{"message", crypto::sha256("x")}};
    const auto& mode = a.peer().pmode;
    REQUIRE(as4::seal(message, digests, mode, a.signer));
    SECTION("no digest for a part")
    {
        digests.clear();
    }
    SECTION("a digest for another part")
    {
        digests[0].content_id = "other";
    }
    SECTION("one digest more")
    {
        digests.push_back({"other", ""});
    }
    SECTION("a part twice")
    {
        message.parts.push_back(message.parts[0]);
        digests.push_back(digests[0]);
    }
    SECTION("a part that is elsewhere")
    {
        message.parts[0].href = "https://example.org/";
    }
    SECTION("a Content-ID that would break the MIME header")
    {
        message.parts[0].href = "cid:message%3E%0D%0AX:";
    }
    SECTION("a media type that would break the MIME header")
    {
        message.parts[0].properties = {{"MimeType", "text/xml\r\nX: y", ""}};
    }
    CHECK_FALSE(as4::seal(message, digests, mode, a.signer));
}

TEST_CASE("a wire needs one payload for each part", "[as4]")
{
    const auto& [a, b, now] = exchange();
    const auto packed = support::pack(a, b, now);
    const auto wire = as4::Wire::make(packed.sealed, {}, a.peer().pmode, b.signer.certificate());
    REQUIRE_FALSE(wire);
    CHECK(wire.error().code == as4::errc::part_mismatch);
}

TEST_CASE("a payload file that changed its size ends the attempt", "[as4]")
{
    const auto& [a, b, now] = exchange();
    auto packed = support::pack(a, b, now);
    const auto octets = packed.payloads[0].memory();
    const auto file = a.spool->path() / "payload";
    REQUIRE(base::replace_file(file, octets));
    const auto size = GENERATE(-1, 1);
    const auto claimed = base::Content::borrow(
        file, octets.size() + static_cast<std::uint64_t>(static_cast<std::int64_t>(size))
    );
    auto wire = as4::Wire::make(packed.sealed, {&claimed}, a.peer().pmode, b.signer.certificate());
    REQUIRE(wire);
    base::Error failure;
    for (;;) {
        const auto piece = wire->next();
        if (!piece) failure = piece.error();
        if (!piece || piece->empty()) break;
    }
    CHECK(failure.code == base::errc::changed);
}
