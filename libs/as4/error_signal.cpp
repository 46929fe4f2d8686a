// SPDX-License-Identifier: Apache-2.0
// Maps our error codes to EBMS codes and texts for the peer; no other place does that (design 5.6).
// Each library has one function with a switch without default, so that a new code does not compile
// until it has an answer.
#include "as4/signals.hpp"

#include "base/id.hpp"
#include "xml/errc.hpp"

namespace as4 {
namespace {

constexpr const char* correct_it = "peer: correct the message and send it as a new one";
constexpr const char* not_trusted =
    "the signing certificate is not trusted here, nor is its issuer";
constexpr const char* not_in_time =
    "the signing certificate, or a CA certificate in its chain, is expired or not yet valid";
constexpr const char* trust_it =
    "operator: if the peer confirms the certificate, add it to certificates of its [[peer]] or its "
    "CA to node.trust; peer: else sign with the agreed certificate";
constexpr const char* renew_it =
    "peer: renew the signing certificate; operator: check the date of this machine";
constexpr const char* replace_it =
    "peer: sign with a certificate whose key usage has digitalSignature";
constexpr const char* compare_security =
    "operator and peer: compare the security settings of the P-Mode (kurird --check prints ours)";

// The text asks the peer first. A wrong clock here would refuse all peers, so the clock of a single
// peer is more likely to be wrong.
constexpr auto compare_clocks =
    "peer: compare its clock with UTC, and sign a retry anew; operator: if other peers are refused "
    "so too, compare the clock of this machine with UTC";

// The peer gets a fixed text for each situation. The detail of an error stays in our log. For the
// peer's own certificate the text names the reason, so that the peer's operator can act. The peer
// signed with that key, so the reason does not help an attacker.
ErrorAnswer tell(const ebms::ErrorCode& code, const char* detail, const char* act = correct_it)
{
    return {200, code, detail, act};
}

// The message may be correct, so the peer can retry it later.
ErrorAnswer later()
{
    return {503, std::nullopt, "temporarily unable to take messages", "operator: see cause"};
}

ErrorAnswer oversized()
{
    return {
        413, ebms::other, "message over the size limit",
        "peer: send less; operator: or raise max_message_size and max_part_size of [receive]"
    };
}

// [facts: attacks 12, 32] One text for OAEP, GCM and every other failure with the content key, so
// that the peer cannot tell these failures apart.
ErrorAnswer undecryptable()
{
    return tell(
        ebms::failed_decryption, "decryption failed",
        "peer: encrypt to our current certificate; operator: send it to the peer (the file of "
        "node.certificate)"
    );
}

ErrorAnswer answer(base::errc code)
{
    switch (code) {
    case base::errc::bad_format:
        return tell(ebms::invalid_header, "a value is not in its format");
    case base::errc::too_large:
        return oversized();
    case base::errc::not_found:
    case base::errc::already_exists:
    case base::errc::io_failed:
    case base::errc::sync_failed:
    case base::errc::disk_full:
    case base::errc::locked:
    case base::errc::not_permitted:
    case base::errc::no_resources:
    case base::errc::changed:
        return later();
    }
    return later();
}

ErrorAnswer answer(crypto::errc code)
{
    switch (code) {
    case crypto::errc::bad_certificate:
        return tell(ebms::failed_authentication, "unusable certificate");
    case crypto::errc::bad_signature:
        return tell(ebms::failed_authentication, "signature wrong");
    case crypto::errc::decryption_failed:
        return undecryptable();
    case crypto::errc::bad_key:
    case crypto::errc::key_mismatch:
    case crypto::errc::failed:
        return later();
    }
    return later();
}

ErrorAnswer answer(xml::errc code)
{
    switch (code) {
    case xml::errc::not_well_formed:
        return tell(ebms::invalid_header, "XML not well-formed");
    case xml::errc::doctype:
        return tell(ebms::invalid_header, "document type declaration");
    case xml::errc::limit:
        return tell(ebms::invalid_header, "XML over the limits");
    case xml::errc::not_expected:
        return tell(ebms::invalid_header, "XML not as the schema has it");
    case xml::errc::canonical_form:
        return tell(ebms::invalid_header, "XML without a canonical form");
    case xml::errc::unsupported_encoding:
        return tell(ebms::feature_not_supported, "character encoding of the XML not supported");
    case xml::errc::wrong_encoding:
        return tell(ebms::invalid_header, "XML is not in the character encoding that it declares");
    }
    return later();
}

ErrorAnswer answer(mime::errc code)
{
    switch (code) {
    case mime::errc::bad_content_type:
        return tell(ebms::mime_inconsistency, "Content-Type not usable");
    case mime::errc::broken:
        return tell(ebms::mime_inconsistency, "MIME broken");
    case mime::errc::truncated:
        return tell(ebms::mime_inconsistency, "MIME truncated");
    case mime::errc::limit:
        return tell(ebms::mime_inconsistency, "MIME over the limits");
    case mime::errc::encoding:
        return tell(ebms::mime_inconsistency, "Content-Transfer-Encoding not supported");
    }
    return later();
}

ErrorAnswer answer(wss::errc code)
{
    switch (code) {
    case wss::errc::bad_envelope:
        return tell(ebms::invalid_header, "SOAP envelope not as the profile has it");
    case wss::errc::not_understood:
        return tell(ebms::invalid_header, "a header block with mustUnderstand is not known");
    case wss::errc::not_signed:
        return tell(ebms::policy_noncompliance, "not signed", compare_security);
    case wss::errc::malformed:
        return tell(ebms::policy_noncompliance, "wsse:Security not as the profile has it");
    case wss::errc::policy:
        return tell(
            ebms::policy_noncompliance, "algorithm, transform, reference or key form not allowed",
            compare_security
        );
    case wss::errc::not_covered:
        return tell(
            ebms::policy_noncompliance, "the signature does not cover header, body and every part",
            compare_security
        );
    case wss::errc::bad_signature:
        return tell(ebms::failed_authentication, "signature wrong");
    case wss::errc::bad_digest:
        return tell(ebms::failed_authentication, "digest wrong");
    case wss::errc::unknown_certificate:
        return tell(
            ebms::failed_authentication,
            "the certificate that the signature refers to is not known",
            "operator: add the peer's signing certificate to known_certificates or certificates of "
            "its [[peer]]; peer: or send the certificate along"
        );
    case wss::errc::decryption:
        return undecryptable();
    }
    return later();
}

ErrorAnswer answer(ebms::errc code)
{
    switch (code) {
    case ebms::errc::invalid_header:
        return tell(ebms::invalid_header, "eb:Messaging not as the schema has it");
    case ebms::errc::inconsistent:
        return tell(ebms::value_inconsistent, "eb:Messaging contradicts itself");
    case ebms::errc::unsupported:
        return tell(ebms::feature_not_supported, "feature not supported");
    }
    return later();
}

ErrorAnswer answer(pmode::errc code)
{
    switch (code) {
    case pmode::errc::no_match:
        return tell(
            ebms::processing_mode_mismatch, "no P-Mode for this message",
            "operator: if the message is wanted, correct [[peer]] and [[pmode]]; peer: else "
            "correct "
            "party ids, service, action and agreement"
        );
    case pmode::errc::inconsistent:
        return tell(ebms::value_inconsistent, "properties or payloads are not as agreed");
    case pmode::errc::untyped_party:
        return tell(ebms::value_inconsistent, "a PartyId without type must be a URI");
    case pmode::errc::unknown_preset:
    case pmode::errc::unknown_peer:
    case pmode::errc::invalid:
        return later();
    }
    return later();
}

ErrorAnswer answer(errc code)
{
    switch (code) {
    case errc::not_a_user_message:
        return tell(ebms::feature_not_supported, "a UserMessage is expected here");
    case errc::part_mismatch:
        return tell(ebms::external_payload_error, "MIME parts and PartInfo do not match");
    case errc::not_authorised:
        return tell(
            ebms::failed_authentication,
            "the signing certificate is not one of the party in From/PartyId",
            "peer: sign with the certificate of the party in From/PartyId; operator: or correct "
            "party_id or certificates of the [[peer]]"
        );
    case errc::signer_untrusted:
        return tell(ebms::failed_authentication, not_trusted, trust_it);
    case errc::signer_untimely:
        return tell(ebms::failed_authentication, not_in_time, renew_it);
    case errc::signer_unfit:
        return tell(
            ebms::failed_authentication,
            "the signing certificate is not fit for signatures: a CA certificate, its key usage, "
            "or "
            "a chain that does not verify",
            replace_it
        );
    case errc::part_digest:
        return tell(ebms::failed_authentication, "digest of a part wrong");
    case errc::not_encrypted:
        return tell(ebms::policy_noncompliance, "a part is not encrypted", compare_security);
    case errc::decompression: // [TA30]
        return tell(ebms::decompression_failure, "gzip broken or over the limits");
    case errc::too_large:
        return oversized();
    case errc::too_early:
        return tell(ebms::mime_inconsistency, "too much before the SOAP part");
    case errc::bad_part_property:
        return tell(ebms::value_inconsistent, "part properties not usable");
    case errc::not_served:
        return tell(
            ebms::other, "NOT_SERVICED",
            "peer: correct the recipient; operator: or add it as a [[participant]]"
        );
    case errc::conflicting_repeat:
        return tell(
            ebms::other, "MessageId seen before with other content",
            "operator and peer: investigate; the peer must use each MessageId once"
        );
    case errc::untimely:
        return tell(ebms::value_inconsistent, "Timestamp too old or ahead of the clock");
    case errc::no_timestamp:
        return tell(ebms::policy_noncompliance, "a signed wsu:Timestamp with Created is required");
    // The eb:Timestamp of the error signal shows our clock to the peer.
    case errc::timestamp_expired:
        return tell(
            ebms::failed_authentication,
            "signed wsu:Timestamp expired: compare your clock with eb:Timestamp of this error, and "
            "sign again at each attempt",
            compare_clocks
        );
    case errc::timestamp_ahead:
        return tell(
            ebms::failed_authentication,
            "signed wsu:Timestamp created in the future: compare your clock with eb:Timestamp of "
            "this error",
            compare_clocks
        );
    case errc::only_signals:
        return later();
    case errc::unknown_subject:
        return tell(
            ebms::value_not_recognized, "RefToMessageId names no message sent from here",
            "nobody, unless the peer repeats it"
        );
    case errc::answer_empty:
    case errc::answer_unreadable:
    case errc::receipt_unsigned:
        return tell(
            ebms::invalid_receipt, "receipt not accepted",
            "peer: answer with a signed receipt or an error signal; operator: check url"
        );
    case errc::receipt_signature:
    case errc::receipt_reference:
    case errc::receipt_ambiguous:
        return tell(ebms::invalid_receipt, "receipt not accepted", "peer: correct the receipt");
    case errc::form_differs:
    case errc::too_many_forms:
        return later();
    case errc::receipt_signer:
        return tell(
            ebms::invalid_receipt, "the signing certificate is not one of the expected party",
            "peer: sign receipts with the certificate of its own party; operator: or correct "
            "party_id or certificates of the [[peer]]"
        );
    case errc::receipt_signer_untrusted:
        return tell(ebms::invalid_receipt, not_trusted, trust_it);
    case errc::receipt_signer_untimely:
        return tell(ebms::invalid_receipt, not_in_time, renew_it);
    case errc::receipt_signer_unfit:
        return tell(
            ebms::invalid_receipt, "the signing certificate is not fit for signatures", replace_it
        );
    }
    return later();
}

ebms::ErrorSignal
signal_of(const ErrorAnswer& answer, std::string_view ref_to_message_id, base::Time now)
{
    const ebms::ErrorCode& code = answer.code ? *answer.code : ebms::other;
    ebms::ErrorSignal signal;
    signal.info.timestamp = now;
    signal.info.message_id = base::uuid() + "@kurir";
    signal.info.ref_to_message_id = ref_to_message_id;
    ebms::Error error;
    error.code = code.code;
    error.severity = code.severity;
    error.category = code.category;
    error.origin = code.origin;
    error.short_description = code.short_description;
    error.ref_to_message = ref_to_message_id;
    error.description = answer.detail;
    error.detail = answer.detail;
    signal.errors.push_back(std::move(error));
    return signal;
}

} // namespace

ErrorAnswer error_answer(const base::Error& error)
{
    const auto& category = error.code.category();
    const int value = error.code.value();
    if (category == base::category()) return answer(static_cast<base::errc>(value));
    if (category == crypto::category()) return answer(static_cast<crypto::errc>(value));
    if (category == xml::category()) {
        auto told = answer(static_cast<xml::errc>(value));
        // The detail has the name of the encoding and the list of supported encodings. The peer
        // needs them, and they reveal nothing about this machine.
        if (error.code == xml::errc::unsupported_encoding) told.detail += ": " + error.detail;
        return told;
    }
    if (category == mime::category()) return answer(static_cast<mime::errc>(value));
    if (category == wss::category()) return answer(static_cast<wss::errc>(value));
    if (category == ebms::category()) return answer(static_cast<ebms::errc>(value));
    if (category == pmode::category()) return answer(static_cast<pmode::errc>(value));
    if (category == as4::category()) return answer(static_cast<errc>(value));
    // Errors of libraries above as4 are our own failures.
    return later();
}

base::Result<base::Bytes> make_error_signal(
    const ErrorAnswer& answer, std::string_view ref_to_message_id, const crypto::Signer& signer,
    base::Time now, wss::TokenReference token
)
{
    wss::ToSign to_sign;
    to_sign.token = token;
    to_sign.messaging_id = "messaging-" + base::uuid();
    to_sign.messaging =
        ebms::write(signal_of(answer, ref_to_message_id, now), to_sign.messaging_id);
    auto envelope = wss::sign(to_sign, signer);
    if (!envelope) return envelope.error();
    return std::move(envelope->soap);
}

base::Bytes make_unsigned_error_signal(
    const ErrorAnswer& answer, std::string_view ref_to_message_id, base::Time now
)
{
    const auto messaging =
        ebms::write(signal_of(answer, ref_to_message_id, now), "messaging-" + base::uuid());
    return "<S12:Envelope xmlns:S12=\"" + std::string(wss::uri::soap12) + "\"><S12:Header>" +
           messaging + "</S12:Header><S12:Body></S12:Body></S12:Envelope>";
}

} // namespace as4
