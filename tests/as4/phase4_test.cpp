// SPDX-License-Identifier: Apache-2.0
// Messages that phase4 made, and its recorded receipts for them; read in place from beside the
// checkout. All but one have a PartyId without @type that is no URI, which [EBMS 5.2.2.4] forbids:
// these are unpacked as they are under a P-Mode that accepts them, and under another one with a
// type put in and signed anew by the recorded key, every other octet phase4's.
#include "crypto/digest.hpp"
#include "mime/reader.hpp"
#include "recipe.hpp"
#include "support/shared_data.hpp"
#include "wss/envelope.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

namespace {

struct Vector {
    base::Path folder;
    base::Path keys;
    std::string bits;

    support::HttpBody http(const char* file) const
    {
        const auto octets = support::file_octets(folder / file);
        const auto end = octets.find("\r\n\r\n");
        const auto name = octets.find("Content-Type: ") + 14;
        return {octets.substr(name, octets.find("\r\n", name) - name), octets.substr(end + 4)};
    }
    support::Identity key_of(const std::string& who) const
    {
        return {
            keys / (who + bits + ".test-only.key.pem"), keys / (who + bits + ".cert.pem"),
            keys / (who + bits + ".cert.pem")
        };
    }
};

std::optional<Vector> vector(const std::string& name, const char* test)
{
    const auto shared = support::shared_data(test);
    if (!shared) return std::nullopt;
    const auto vectors = *shared / "interop/phase4/vectors";
    return Vector{vectors / name, vectors / "keys", name.substr(name.size() - 4)};
}

// The recorded keys are readable by all; a Signer wants them private.
crypto::Signer signer(const support::Identity& identity, const support::TemporaryFolder& folder)
{
    const auto file = folder.path() / base::uuid();
    REQUIRE(base::replace_file(file, support::file_octets(identity.key_file)));
    return crypto::Signer::from_files(file, identity.chain_file).value();
}

struct Receiver {
    support::TemporaryFolder folder;
    crypto::Signer own;
    pmode::PModes pmodes;
    crypto::TrustStore trust{{}};

    enum class Untyped { refused, accepted };

    explicit Receiver(const Vector& from, Untyped untyped = Untyped::refused)
        : own(signer(from.key_of("bob"), folder)), pmodes(modes(from, untyped))
    {
    }
    static pmode::PModes modes(const Vector& from, Untyped untyped)
    {
        support::Terms terms;
        terms.pmode.accept_untyped_party_ids = untyped == Untyped::accepted;
        terms.pinned = true;
        const bool sdk = from.folder.filename().string().starts_with("sdk");
        if (!sdk) { // the AS4 default service and action, no types
            terms.pmode.services.clear();
            terms.pmode.actions.clear();
            terms.pmode.service_type.reset();
            terms.pmode.participant_scheme.clear();
            terms.pmode.four_corner = false;
        }
        std::vector<pmode::Peer> peers{
            support::make_peer(sdk ? "AP0040-SDK-PROD" : "sender", from.key_of("alice"), terms)
        };
        return pmode::PModes::make(sdk ? "AP0045-SDK-PROD" : "receiver", std::move(peers)).value();
    }
    as4::UnpackContext context() const { return {pmodes, own, trust, folder.path(), {}}; }
};

const base::Time recorded = base::parse_time("2026-11-22T01:00:00Z").value();

struct Collected : mime::PartListener {
    struct Part {
        mime::PartHeader header;
        base::Bytes octets;
    };
    std::vector<Part> parts;

    base::Result<> part_begins(const mime::PartHeader& header) override
    {
        parts.push_back({header, {}});
        return {};
    }
    base::Result<> part_data(base::BytesView octets) override
    {
        parts.back().octets.append(octets);
        return {};
    }
    base::Result<> part_ends() override { return {}; }
};

// The SOAP part first.
std::vector<Collected::Part> parts_of(const support::HttpBody& body)
{
    const auto type = mime::parse_content_type(body.content_type).value();
    if (type.type == "application/soap+xml") return {{{}, body.octets}};
    Collected collected;
    mime::Reader reader(type.parameter("boundary").value(), collected);
    REQUIRE(reader.feed(body.octets));
    REQUIRE(reader.finish());
    return collected.parts;
}

// As the sender would have kept it: the references of its own signature.
as4::Sealed as_sent(const base::Bytes& soap)
{
    const auto document = xml::Document::parse(soap);
    const auto envelope = wss::locate(document.value());
    const auto header =
        wss::read_security(*document, *envelope.value().security, wss::Algorithms{});
    as4::Sealed sealed;
    sealed.message_id = ebms::message_id_of(envelope->messaging);
    if (!header) return sealed;
    for (const auto& each : header->signature->references)
        sealed.references.push_back({each.uri, each.digest_method, each.digest});
    return sealed;
}

pmode::Peer receiver_of(const Vector& recording)
{
    support::Terms terms;
    terms.pinned = true;
    return support::make_peer("AP0045-SDK-PROD", recording.key_of("bob"), terms);
}

base::Bytes payload(const Vector& recording, const std::string& file)
{
    return support::file_octets(recording.folder.parent_path() / "payloads" / file);
}

// The message with typed parties, its eb:Messaging digested and its SignedInfo signed anew.
support::HttpBody typed(support::HttpBody body, const Vector& recording)
{
    const auto swap_text = [&](std::string_view before, std::string_view after,
                               const base::Bytes& text) {
        const auto begin = body.octets.find(before) + before.size();
        body.octets.replace(begin, body.octets.find(after, begin) - begin, text);
    };
    for (int i = 0; i < 2; ++i)
        replace(
            body.octets, "<eb:PartyId>",
            "<eb:PartyId type=\"" + pmode::preset("sdk")->party_type + "\">"
        );
    const auto canonical = [&](const std::function<xml::Node(const wss::Envelope&)>& chosen) {
        const std::string_view end = "</S12:Envelope>";
        const auto begin = body.octets.find("<S12:Envelope");
        const auto size = body.octets.find(end) + end.size() - begin;
        const auto document = xml::Document::parse(body.octets.substr(begin, size));
        const auto envelope = wss::locate(document.value());
        return xml::canonical(chosen(envelope.value()), {"S12"}).value(); // phase4's PrefixList
    };
    const auto messaging = canonical([](const wss::Envelope& all) { return all.messaging; });
    swap_text("<ds:DigestValue>", "</ds:DigestValue>", base::base64(crypto::sha256(messaging)));
    const auto signed_info = canonical([](const wss::Envelope& all) {
        const auto signature = all.security.value().child({wss::uri::ds, "Signature"});
        return signature.value().child({wss::uri::ds, "SignedInfo"}).value();
    });
    const support::TemporaryFolder folder;
    const auto value = signer(recording.key_of("alice"), folder).sign_sha256(signed_info).value();
    swap_text("<ds:SignatureValue>", "</ds:SignatureValue>", base::base64(value));
    return body;
}

} // namespace

TEST_CASE("phase4's SDK message unpacks with the recipient's key", "[as4][phase4]")
{
    const auto recording = vector("sdk-two-parts-2048", "phase4's SDK message unpacks");
    if (!recording) return;
    const Receiver bob(*recording);
    const auto context = bob.context();
    const auto verified = support::unpack(context, recording->http("request.http"), recorded, 1000);
    if (!verified) FAIL(verified.error().text());
    CHECK(verified->signer() == recording->key_of("alice").certificate());
    REQUIRE(verified->parts().size() == 2);
    CHECK(verified->parts()[0].character_set == "UTF-8");
    CHECK(
        support::gunzip(support::content_octets(verified->parts()[0].content)) ==
        payload(*recording, "order.xml")
    );
    CHECK(
        (support::gunzip(support::content_octets(verified->parts()[1].content)) ==
         payload(*recording, "attachment.bin"))
    );
}

TEST_CASE("phase4's messages in other forms unpack whole", "[as4][phase4][TA04][TA07][TA45]")
{
    using Names = std::vector<std::string>;
    const auto [name, files, compressed] = GENERATE(table<std::string, Names, bool>({
        {"pkipath-3072", {"order.xml"}, true},
        {"plain-parts-ski-3072", {"order.xml", "note.txt"}, false},
        {"ping-issuer-serial-2048", {}, false},
    }));
    const auto recording = vector(name, "phase4's messages in other forms");
    if (!recording) return;
    INFO(name);
    const Receiver bob(*recording);
    const auto request = recording->http("request.http");
    const auto as_recorded = support::unpack(bob.context(), request, recorded);
    REQUIRE_FALSE(as_recorded);
    CHECK(told(as_recorded.error()) == "EBMS:0003"); // [EBMS 5.2.2.4]

    const Receiver tolerant(*recording, Receiver::Untyped::accepted);
    const bool as_it_is = GENERATE(true, false);
    const auto verified =
        as_it_is ? support::unpack(tolerant.context(), request, recorded, 999)
                 : support::unpack(bob.context(), typed(request, *recording), recorded, 999);
    if (!verified) FAIL(verified.error().text());
    CHECK(verified->signer() == recording->key_of("alice").certificate());
    const auto& message = verified->message();
    CHECK(message.info.message_id == name + "@phase4.example");
    CHECK(message.property("originalSender") == "c1");
    CHECK(message.property("finalRecipient") == "c4");
    CHECK(message.property("trackingIdentifier") == (name == "pkipath-3072" ? "t-1" : ""));
    CHECK(message.agreement.has_value() == (name == "pkipath-3072"));
    REQUIRE(verified->parts().size() == files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto& part = verified->parts()[i];
        CHECK(part.content_id == (i == 0 ? "message" : "attachment"));
        CHECK(part.mime_type == (i == 0 ? "application/xml" : "text/plain"));
        CHECK(part.compressed == compressed);
        const auto octets = support::content_octets(part.content);
        CHECK((compressed ? support::gunzip(octets) : octets) == payload(*recording, files[i]));
    }
}

TEST_CASE("phase4's receipts prove what was sent", "[as4][phase4][AS4 5.1.8]")
{
    const auto name = GENERATE(
        "sdk-two-parts-2048", "pkipath-3072", "plain-parts-ski-3072", "ping-issuer-serial-2048"
    );
    const auto recording = vector(name, "phase4's receipts prove what was sent");
    if (!recording) return;
    INFO(name);
    const auto peer = receiver_of(*recording);
    const crypto::TrustStore nobody{{}};
    const auto response = recording->http("response.http");
    auto sent = as_sent(parts_of(recording->http("request.http")).front().octets);
    const auto answer =
        as4::read_answer(response.content_type, response.octets, sent, peer, nobody, recorded);
    if (!answer) FAIL(answer.error().text());
    CHECK(std::holds_alternative<as4::ReceiptProof>(*answer));
    sent.references.front().digest = crypto::sha256("x");
    const auto other =
        as4::read_answer(response.content_type, response.octets, sent, peer, nobody, recorded);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == as4::errc::receipt_reference);
}

TEST_CASE(
    "phase4's message under AES-CBC is not allowed, and its own refusal is authentic",
    "[as4][phase4][facts attack 13]"
)
{
    const auto recording = vector("refused-aes128-cbc-2048", "phase4's message under AES-CBC");
    if (!recording) return;
    const auto soap = parts_of(recording->http("request.http")).front().octets;
    const auto document = xml::Document::parse(soap);
    const auto envelope = wss::locate(document.value());
    const auto header =
        wss::read_security(*document, *envelope.value().security, wss::Algorithms{});
    REQUIRE_FALSE(header);
    CHECK(header.error().code == wss::errc::policy);
    const Receiver bob(*recording);
    const auto request = typed(recording->http("request.http"), *recording);
    const auto whole = support::unpack(bob.context(), request, recorded);
    REQUIRE_FALSE(whole);
    CHECK(told(whole.error()) == "EBMS:0103");

    const auto response = recording->http("response.http");
    const crypto::TrustStore nobody{{}};
    const auto answer = as4::read_answer(
        response.content_type, response.octets, as_sent(soap), receiver_of(*recording), nobody,
        recorded
    );
    if (!answer) FAIL(answer.error().text());
    const auto& error = std::get<as4::PeerError>(*answer);
    CHECK(error.authentic);
    CHECK(error.errors.at(0).code == "EBMS:0102");
}
