// SPDX-License-Identifier: Apache-2.0
// What a peer's signal proves, in the HTTP answer or in a request of its own. Only a receipt that
// is signed by that peer, for this message and for the digests we sent, is a proof; everything else
// leaves the outcome open or is a claim (facts: attack 24).
#include "as4/signals.hpp"

#include "as4/answer_body.hpp"
#include "as4/signer.hpp"
#include "wss/envelope.hpp"

#include <algorithm>
#include <tuple>

namespace as4 {
namespace {

base::Error unreadable(std::string about)
{
    return {errc::answer_unreadable, std::move(about)};
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
            unknown ? errc::receipt_signer_untrusted : errc::receipt_signature, proof.error().text()
        );
    }
    if (!proof->parts.attachments.empty())
        return base::Error(errc::receipt_signature, "attachments in a receipt's signature");
    if (auto accepted = check_signer(
            SignerOf::signal, peer, trust, proof->signer, signature.key.certificates, now
        );
        !accepted)
        return accepted.error();
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

// Some stacks write the id as a fragment.
std::string_view without_hash(std::string_view id)
{
    return id.starts_with('#') ? id.substr(1) : id;
}

// The message that all of an error signal is about; "" if that is nothing, or not one.
std::string subject_of(const ebms::ErrorSignal& signal)
{
    const auto& named = signal.info.ref_to_message_id.empty() ? signal.errors.front().ref_to_message
                                                              : signal.info.ref_to_message_id;
    const bool one = std::ranges::all_of(signal.errors, [&](const ebms::Error& error) {
        return error.ref_to_message.empty() ||
               without_hash(error.ref_to_message) == without_hash(named);
    });
    return one ? std::string(without_hash(named)) : std::string();
}

// What a signal proves, once its form is known.
base::Result<Answer> judge_signal(
    const ebms::Message& message, const base::Result<crypto::Certificate>& signer,
    const Sealed& sent, base::BytesView soap
)
{
    if (const auto* errors = std::get_if<ebms::ErrorSignal>(&message)) {
        // A signed error for another message is a replay and says nothing of this one.
        const bool authentic = signer.has_value() && subject_of(*errors) == sent.message_id;
        return Answer(PeerError{errors->errors, authentic});
    }
    const auto* receipt = std::get_if<ebms::Receipt>(&message);
    if (!receipt) return unreadable("a UserMessage");
    if (!signer) return signer.error();
    if (receipt->info.ref_to_message_id != sent.message_id)
        return base::Error(
            errc::receipt_reference, "for " + excerpt(receipt->info.ref_to_message_id)
        );
    if (auto same = compare_references(*receipt, sent); !same) return same.error();
    return Answer(ReceiptProof{receipt->info.message_id, *signer, base::Bytes(soap)});
}

} // namespace

base::Result<ClaimedSignal> claimed_signal(base::BytesView soap)
{
    const auto document = xml::Document::parse(soap, answer_limits);
    if (!document) return document.error();
    const auto envelope = wss::locate(*document);
    if (!envelope) return envelope.error();
    const auto message = ebms::read(envelope->messaging);
    if (!message) return message.error();
    if (const auto* receipt = std::get_if<ebms::Receipt>(&*message))
        return ClaimedSignal{
            ClaimedSignal::Kind::receipt, receipt->info.message_id,
            receipt->info.ref_to_message_id};
    if (const auto* errors = std::get_if<ebms::ErrorSignal>(&*message))
        return ClaimedSignal{
            ClaimedSignal::Kind::error, errors->info.message_id, subject_of(*errors)};
    return unreadable("a UserMessage");
}

base::Result<Answer> read_signal(
    base::BytesView soap, const Sealed& sent, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
)
{
    const auto document = xml::Document::parse(soap, answer_limits);
    if (!document) return unreadable(document.error().text());
    const auto envelope = wss::locate(*document);
    if (!envelope) {
        const auto fault = fault_text(*document);
        return unreadable(fault.empty() ? envelope.error().text() : "SOAP Fault: " + fault);
    }
    const auto message = ebms::read(envelope->messaging);
    if (!message) return unreadable(message.error().text());
    const auto signer = verify_signal(*document, *envelope, peer, trust, now);
    return judge_signal(*message, signer, sent, soap);
}

base::Result<Answer> read_answer(
    std::string_view content_type, base::BytesView body, const Sealed& sent,
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
)
{
    const auto soap = soap_of_answer(content_type, body);
    if (!soap) return soap.error();
    return read_signal(*soap, sent, peer, trust, now);
}

} // namespace as4
