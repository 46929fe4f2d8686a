// SPDX-License-Identifier: Apache-2.0
// What a peer's HTTP answer proves. Only a receipt that is signed by that peer, for this message
// and for the digests we sent, is a proof; everything else leaves the outcome open or is a claim
// (facts: attack 24).
#include "as4/signals.hpp"

#include "mime/content_type.hpp"
#include "wss/envelope.hpp"

#include <algorithm>
#include <tuple>

namespace as4 {
namespace {

constexpr xml::Limits answer_limits{
    .bytes = 1024 * 1024, .depth = 64, .attributes = 64, .nodes = 20'000, .text = 256 * 1024};
constexpr std::size_t longest_excerpt = 300;

base::Error unreadable(std::string about)
{
    return {errc::answer_unreadable, std::move(about)};
}

// The peer's text for our log: one line of printable ASCII, cut.
std::string excerpt(std::string_view text)
{
    std::string line(text.substr(0, longest_excerpt));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, ' '
    );
    return line;
}

// S12:Fault/Reason/Text of an envelope without eb:Messaging; "" if there is none.
std::string fault_text(const xml::Document& document)
{
    std::optional<xml::Node> node = document.root();
    for (const std::string_view step : {"Body", "Fault", "Reason", "Text"}) {
        node = node->child({wss::uri::soap12, step});
        if (!node) return {};
    }
    return excerpt(node->trimmed_text());
}

// [AS4 5.1.8][TM-UB 2.14.1] the signal's signature, over Messaging and Body and nothing else, and
// its signer.
base::Result<crypto::Certificate> verify_signal(
    const xml::Document& document, const wss::Envelope& envelope, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
)
{
    if (!envelope.security) return base::Error(errc::receipt_unsigned);
    const auto header = wss::read_security(document, *envelope.security, peer.pmode.algorithms);
    if (!header) return base::Error(errc::receipt_signature, header.error().text());
    if (!header->signature) return base::Error(errc::receipt_unsigned);
    const auto& signature = *header->signature;
    const auto proof = wss::verify_header(document, envelope, signature, peer.known(), now);
    if (!proof) {
        const bool unknown = proof.error().code == wss::errc::unknown_certificate;
        return base::Error(
            unknown ? errc::receipt_signer : errc::receipt_signature, proof.error().text()
        );
    }
    if (!proof->parts.attachments.empty())
        return base::Error(errc::receipt_signature, "attachments in a receipt's signature");
    if (pmode::judge_signer(peer, trust, proof->signer, signature.key.certificates, now) !=
        pmode::Authority::granted)
        return base::Error(errc::receipt_signer, proof->signer.subject());
    return proof->signer;
}

// By meaning: "cid:" URIs percent-decoded [RFC 2392], everything else as it stands.
SignedReference normal(SignedReference reference)
{
    if (const auto content_id = wss::content_id_of(reference.uri))
        reference.uri = "cid:" + *content_id;
    return reference;
}

base::Result<SignedReference> read_reference(xml::Node node)
{
    const auto uri = node.attribute({"", "URI"});
    const auto method = node.only_child({wss::uri::ds, "DigestMethod"});
    const auto value = node.only_child({wss::uri::ds, "DigestValue"});
    if (!uri || !method || !value)
        return base::Error(errc::receipt_reference, "a reference without URI, method or value");
    const auto digest = base::from_base64(value->trimmed_text());
    if (!digest) return base::Error(errc::receipt_reference, "a digest that is no base64");
    return normal({*uri, method->attribute({"", "Algorithm"}).value_or(""), *digest});
}

// Each reference we signed, once, in any order; none missing, none more.
base::Result<> compare_references(const ebms::Receipt& receipt, const Sealed& sent)
{
    std::vector<SignedReference> told;
    for (const auto& node : receipt.references) {
        auto reference = read_reference(node);
        if (!reference) return reference.error();
        told.push_back(std::move(*reference));
    }
    std::vector<SignedReference> ours;
    for (const auto& reference : sent.references)
        ours.push_back(normal(reference));
    const auto less = [](const SignedReference& a, const SignedReference& b) {
        return std::tie(a.uri, a.digest_method, a.digest) <
               std::tie(b.uri, b.digest_method, b.digest);
    };
    std::sort(told.begin(), told.end(), less);
    std::sort(ours.begin(), ours.end(), less);
    if (ours.empty() || told != ours)
        return base::Error(errc::receipt_reference, "not the references that were signed");
    return {};
}

bool is_about(const ebms::ErrorSignal& signal, const std::string& message_id)
{
    if (!signal.info.ref_to_message_id.empty()) return signal.info.ref_to_message_id == message_id;
    return std::all_of(signal.errors.begin(), signal.errors.end(), [&](const ebms::Error& error) {
        return error.ref_to_message == message_id;
    });
}

base::Result<> check_media_type(std::string_view content_type)
{
    const auto type = mime::parse_content_type(content_type);
    if (!type || type->type != "application/soap+xml")
        return unreadable("Content-Type: " + excerpt(content_type));
    return {};
}

} // namespace

base::Result<Answer> read_answer(
    std::string_view content_type, base::BytesView body, const Sealed& sent,
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
)
{
    if (body.empty()) return unreadable("empty");
    if (auto type = check_media_type(content_type); !type) return type.error();
    const auto document = xml::Document::parse(body, answer_limits);
    if (!document) return unreadable(document.error().text());
    const auto envelope = wss::locate(*document);
    if (!envelope) {
        const auto fault = fault_text(*document);
        return unreadable(fault.empty() ? envelope.error().text() : "SOAP Fault: " + fault);
    }
    const auto message = ebms::read(envelope->messaging);
    if (!message) return unreadable(message.error().text());
    const auto signer = verify_signal(*document, *envelope, peer, trust, now);

    if (const auto* errors = std::get_if<ebms::ErrorSignal>(&*message)) {
        // A signed error for another message is a replay and says nothing of this one.
        return Answer(PeerError{
            errors->errors, signer.has_value() && is_about(*errors, sent.message_id)});
    }
    const auto* receipt = std::get_if<ebms::Receipt>(&*message);
    if (!receipt) return unreadable("a UserMessage");
    if (!signer) return signer.error();
    if (receipt->info.ref_to_message_id != sent.message_id)
        return base::Error(
            errc::receipt_reference, "for " + excerpt(receipt->info.ref_to_message_id)
        );
    if (auto same = compare_references(*receipt, sent); !same) return same.error();
    return Answer(ReceiptProof{receipt->info.message_id, *signer, base::Bytes(body)});
}

} // namespace as4
