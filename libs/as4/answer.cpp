// SPDX-License-Identifier: Apache-2.0
// Judges a peer's signals, from the HTTP answer or from a separate request. Only a receipt signed
// by that peer, for this message and for the digests that we sent, is a proof. Everything else is a
// claim or leaves the outcome open (facts: attack 24).
#include "as4/signals.hpp"

#include "as4/answer_body.hpp"
#include "as4/freshness.hpp"
#include "as4/signal_envelope.hpp"
#include "as4/signal_subjects.hpp"
#include "as4/signer.hpp"
#include "base/log_bounded.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace as4 {
namespace {

base::Error unreadable(std::string about)
{
    return {errc::answer_unreadable, std::move(about)};
}

// Tells the operator that the clocks differ. The proof does not depend on the clocks. The number of
// log lines is limited, because a stranger can replay an old signal any number of times.
void log_staleness(const wss::Timestamp& timestamp, const pmode::Peer& peer, base::Time now)
{
    const UnpackLimits limits;
    const auto fresh = check_freshness(
        timestamp,
        {peer.pmode.timestamp.skew, limits.max_timestamp_age, limits.max_timestamp_ahead}, now
    );
    if (fresh) return;
    base::log_bounded(
        base::Level::warning, "signal_not_fresh",
        {{"peer", peer.name},
         {"cause", fresh.error().text()},
         {"act", "none: the signal is taken; compare the peer's clock and ours with UTC"}}
    );
}

// The verified signer, and the number of signed items that were not verified.
struct Signed {
    crypto::Certificate signer;
    std::size_t attachments = 0;
    std::size_t references = 0; // with an algorithm or a URI outside the profile
};

// [AS4 5.1.8][TM-UB 2.14.1] Verifies the signature over Messaging and Body, and its signer. A
// receipt does not depend on other content under the same signature. Some products also sign the
// attachments of the message that the receipt is for. Others sign their own token with a special
// transform.
base::Result<Signed> verify_signal(
    const xml::Document& document, const wss::Envelope& envelope, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
)
{
    if (!envelope.security) return base::Error(errc::receipt_unsigned);
    const auto header = wss::read_signal_security(document, envelope, peer.pmode.algorithms);
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
    if (auto accepted = check_signer(
            SignerOf::signal, peer, trust, proof->signer, signature.key.certificates, now
        );
        !accepted)
        return accepted.error();
    if (header->timestamp && proof->parts.timestamp) log_staleness(*header->timestamp, peer, now);
    return Signed{proof->signer, proof->parts.attachments.size(), proof->parts.unread};
}

// Prepares a reference for comparison by meaning: decodes "cid:" URIs [RFC 2392] and leaves
// everything else unchanged.
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

using References = std::vector<SignedReference>;

void sort(References& references)
{
    std::sort(references.begin(), references.end(), [](const auto& a, const auto& b) {
        return std::tie(a.uri, a.digest_method, a.digest) <
               std::tie(b.uri, b.digest_method, b.digest);
    });
}

// Returns the references that a receipt for `form` must repeat: those of `sent`, with the
// Timestamp's reference taken from `form`.
References expected(const Sealed& sent, const std::optional<SignedForm>& form)
{
    References ours;
    for (const auto& reference : sent.references) {
        const bool of_timestamp = form && sent.form && reference == sent.form->timestamp;
        ours.push_back(normal(of_timestamp ? form->timestamp : reference));
    }
    sort(ours);
    return ours;
}

// Returns the form that a receipt is for. The receipt must repeat each reference of that form
// exactly once, in any order, and no other reference.
base::Result<std::optional<SignedForm>>
compare_references(const ebms::Receipt& receipt, const Sealed& sent)
{
    if (!receipt.flaw.empty()) return base::Error(errc::receipt_reference, receipt.flaw);
    References told;
    for (const auto& node : receipt.references) {
        auto reference = read_reference(node);
        if (!reference) return reference.error();
        told.push_back(std::move(*reference));
    }
    sort(told);
    if (!sent.references.empty() && told == expected(sent, sent.form)) return sent.form;
    // Try the latest form first, because it is the most likely.
    for (auto form = sent.earlier.rbegin(); form != sent.earlier.rend(); ++form)
        if (sent.form && told == expected(sent, *form)) return std::optional(*form);
    return base::Error(errc::receipt_reference, "not the references that were signed");
}

std::vector<ebms::Error> all_errors(const ebms::Signals& signals)
{
    std::vector<ebms::Error> errors;
    for (const auto& signal : signals.messages)
        errors.insert(errors.end(), signal.errors.begin(), signal.errors.end());
    return errors;
}

// Returns why a receipt that names the message is no proof, together with all other content.
base::Error no_proof(base::Error why, const About& said, const std::string& other_content)
{
    auto beside = ebms::describe(said.errors);
    if (!other_content.empty()) beside += (beside.empty() ? "" : "; ") + other_content;
    if (!beside.empty())
        why.detail += (why.detail.empty() ? "" : "; ") + std::string("beside it: ") + beside;
    return why;
}

} // namespace

struct ReceivedSignals::State {
    base::Bytes soap;
    xml::Document document;
    SignalEnvelope envelope;
    ebms::Signals signals;
    std::map<std::string, base::Result<Signed>> verified; // by peer's name

    const base::Result<Signed>&
    verify(const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now);
    // `proven` is nullptr if the signature was not verified.
    std::string other_content(const About& said, const Signed* proven) const;
};

const base::Result<Signed>& ReceivedSignals::State::verify(
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
)
{
    const auto known = verified.find(peer.name);
    if (known != verified.end()) return known->second;
    return verified.emplace(peer.name, verify_signal(document, envelope.parts, peer, trust, now))
        .first->second;
}

std::string ReceivedSignals::State::other_content(const About& said, const Signed* proven) const
{
    const auto counted = [](std::size_t count, const std::string& what) {
        return std::to_string(count) + " signed " + what + (count == 1 ? "" : "s");
    };
    auto names = signals.unused;
    names.insert(names.end(), envelope.unused.begin(), envelope.unused.end());
    if (proven && proven->attachments > 0)
        names.push_back(counted(proven->attachments, "attachment"));
    if (proven && proven->references > 0)
        names.push_back(counted(proven->references, "reference") + " not verified");
    names.insert(names.end(), said.others.begin(), said.others.end());
    return joined(names);
}

ReceivedSignals::ReceivedSignals(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReceivedSignals::ReceivedSignals(ReceivedSignals&&) noexcept = default;
ReceivedSignals::~ReceivedSignals() = default;

base::Result<ReceivedSignals> ReceivedSignals::read(base::Bytes soap)
{
    auto document = xml::Document::parse(soap, answer_limits);
    if (!document) return unreadable(document.error().text());
    auto envelope = locate_signals(*document);
    if (!envelope) {
        const auto fault = fault_text(*document);
        return unreadable(fault.empty() ? envelope.error().text() : "SOAP Fault: " + fault);
    }
    auto signals = ebms::read_signals(envelope->parts.messaging);
    if (!signals) return unreadable(signals.error().text());
    return ReceivedSignals(std::make_unique<State>(
        State{std::move(soap), *std::move(document), *std::move(envelope), *std::move(signals), {}}
    ));
}

base::Result<ReceivedSignals>
ReceivedSignals::read_answer(std::string_view content_type, base::BytesView body)
{
    auto soap = soap_of_answer(content_type, body);
    if (!soap) return soap.error();
    return read(*std::move(soap));
}

std::vector<ReceivedSignals::Claim> ReceivedSignals::claims() const
{
    using Kind = Claim::Kind;
    std::vector<Claim> claims;
    std::map<std::string, std::size_t, std::less<>> places;
    const auto add = [&](const ebms::SignalMessage& signal, Kind kind, std::string_view subject) {
        const auto [place, fresh] = places.try_emplace(std::string(subject), claims.size());
        if (fresh) claims.push_back({kind, signal.info.message_id, place->first});
        auto& claim = claims[place->second];
        if (kind == Kind::receipt && claim.kind == Kind::error)
            claim = {kind, signal.info.message_id, claim.subject};
    };
    for (const auto& signal : state_->signals.messages) {
        for (std::size_t n = 0; n < signal.receipts.size(); ++n)
            add(signal, Kind::receipt, signal.info.ref_to_message_id);
        for (const auto& error : signal.errors)
            add(signal, Kind::error, subject_of(signal, error));
    }
    const auto is_receipt = [](const Claim& claim) { return claim.kind == Kind::receipt; };
    std::stable_partition(claims.begin(), claims.end(), is_receipt);
    return claims;
}

base::Result<Answer> ReceivedSignals::judge(
    const Sealed& sent, const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
)
{
    const auto said = about(state_->signals, sent.message_id);
    auto errors = all_errors(state_->signals);
    if (said.receipts.empty() && said.others.empty() && errors.empty())
        return unreadable(
            "neither a receipt nor an error, only: " + state_->other_content(said, nullptr)
        );
    const auto& verified = state_->verify(peer, trust, now);
    const auto other_content = state_->other_content(said, verified ? &*verified : nullptr);
    if (said.receipts.empty() && !errors.empty()) {
        // A signed error for another message may be a replay and says nothing about this message.
        const bool authentic = verified && !said.errors.empty();
        return Answer(
            PeerError{authentic ? said.errors : std::move(errors), authentic, other_content}
        );
    }
    if (!verified) return no_proof(verified.error(), said, other_content);
    if (said.receipts.empty())
        return base::Error(errc::receipt_reference, "only: " + joined(said.others));
    if (said.receipts.size() > 1)
        return no_proof(
            {errc::receipt_ambiguous, std::to_string(said.receipts.size()) + " receipts"}, said,
            other_content
        );
    const auto& [signal, receipt] = said.receipts.front();
    const auto form = compare_references(*receipt, sent);
    if (!form) return no_proof(form.error(), said, other_content);
    ReceiptProof proof{
        signal->info.message_id, verified->signer, state_->soap, said.errors, other_content
    };
    proof.has_user_message = state_->signals.has_user_message;
    if (*form) proof.form_created = (*form)->created;
    return Answer(std::move(proof));
}

base::Result<Answer> read_signal(
    base::BytesView soap, const Sealed& sent, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
)
{
    auto signals = ReceivedSignals::read(base::Bytes(soap));
    if (!signals) return signals.error();
    return signals->judge(sent, peer, trust, now);
}

base::Result<Answer> read_answer(
    std::string_view content_type, base::BytesView body, const Sealed& sent,
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
)
{
    auto signals = ReceivedSignals::read_answer(content_type, body);
    if (!signals) return signals.error();
    return signals->judge(sent, peer, trust, now);
}

} // namespace as4
