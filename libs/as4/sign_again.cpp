// SPDX-License-Identifier: Apache-2.0
// Signs a stored message again, with a new wsu:Timestamp or a new certificate. The receiver
// recognises the message by its MessageId and compares the content. Therefore no other signed
// content may change.
#include "as4/pack.hpp"

#include "wss/envelope.hpp"
#include "wss/security_header.hpp"
#include "xml/canonical.hpp"

#include <algorithm>

namespace as4 {
namespace {

// Returns the Id of the element that a reference names; "" if the reference names no element.
std::string id_in(const SignedReference& reference)
{
    return reference.uri.starts_with('#') ? reference.uri.substr(1) : std::string();
}

// Rebuilds the input of the signature from the stored references. Their order is that of seal():
// eb:Messaging, Body, Timestamp, attachments.
wss::ToSign again(const Sealed& sealed, base::Bytes messaging)
{
    wss::ToSign to_sign;
    to_sign.messaging = std::move(messaging);
    to_sign.messaging_id = id_in(sealed.references[0]);
    to_sign.body_id = id_in(sealed.references[1]);
    for (const auto& reference : sealed.references)
        if (const auto content_id = wss::content_id_of(reference.uri))
            to_sign.parts.push_back({*content_id, reference.digest});
    return to_sign;
}

bool differ_in_timestamp_alone(const Sealed& a, const Sealed& b)
{
    const auto same = [&](const SignedReference& one, const SignedReference& other) {
        return one == other ||
               (a.form && b.form && one == a.form->timestamp && other == b.form->timestamp);
    };
    return a.message_id == b.message_id && std::ranges::equal(a.references, b.references, same);
}

// Returns the form that a new signature replaces, with the token of its certificate.
// errc::form_differs: the stored envelope has no signature.
base::Result<SignedForm> replaced_form(const Sealed& sealed, const wss::Envelope& envelope)
{
    const auto signature =
        envelope.security ? envelope.security->child({wss::uri::ds, "Signature"}) : std::nullopt;
    const auto value =
        signature ? signature->child({wss::uri::ds, "SignatureValue"}) : std::nullopt;
    const auto key_info = signature ? signature->child({wss::uri::ds, "KeyInfo"}) : std::nullopt;
    const auto octets = base::from_base64(value ? value->trimmed_text() : "");
    if (!octets || octets->empty() || !key_info)
        return base::Error(errc::form_differs, "no signature in the stored message");
    SignedForm form = sealed.form.value_or(SignedForm{});
    form.signature = *octets;
    auto named_by = envelope.security->children({wss::uri::wsse, "BinarySecurityToken"});
    named_by.push_back(*key_info);
    for (const xml::Node node : named_by) {
        const auto canonical = xml::canonical(node);
        if (!canonical) return canonical.error();
        form.token += *canonical;
    }
    return form;
}

} // namespace

bool is_due_for_signing(const Sealed& sealed, base::Time now)
{
    return sealed.form && std::chrono::abs(now - sealed.form->created) > oldest_form;
}

bool is_signed_with(
    const Sealed& sealed, const pmode::PMode& pmode, const crypto::Certificate& certificate
)
{
    const auto document = xml::Document::parse(sealed.envelope);
    if (!document) return false;
    const auto envelope = wss::locate(*document);
    if (!envelope || !envelope->security) return false;
    const auto header = wss::read_security(*document, *envelope->security, pmode.algorithms);
    if (!header || !header->signature) return false;
    const auto named = wss::candidates(header->signature->key, {certificate});
    return std::ranges::find(named, certificate) != named.end();
}

base::Result<Sealed> sign_again(
    const Sealed& sealed, const pmode::PMode& pmode, const crypto::Signer& signer, base::Time now
)
{
    if (sealed.references.size() < (sealed.form ? 3u : 2u))
        return base::Error(errc::form_differs, "references are missing in the stored message");
    if (sealed.earlier.size() + 1 >= max_forms)
        return base::Error(errc::too_many_forms, std::to_string(max_forms) + " times");
    if (pmode.algorithms.signature_token.empty())
        return base::Error(pmode::errc::invalid, "no signature token form");
    const auto document = xml::Document::parse(sealed.envelope);
    if (!document) return document.error();
    const auto envelope = wss::locate(*document);
    if (!envelope) return envelope.error();
    auto messaging = xml::canonical(envelope->messaging);
    if (!messaging) return messaging.error();
    auto replaced = sealed.form;
    if (!is_signed_with(sealed, pmode, signer.certificate())) {
        auto form = replaced_form(sealed, *envelope);
        if (!form) return form.error();
        replaced = *std::move(form);
    }

    auto to_sign = again(sealed, *std::move(messaging));
    to_sign.token = pmode.algorithms.signature_token.front();
    const auto lifetime = pmode.timestamp.lifetime;
    if (sealed.form) to_sign.timestamp = {id_in(sealed.form->timestamp), now, now + lifetime};
    auto made = wss::sign(to_sign, signer);
    if (!made) return made.error();

    Sealed result = sealed;
    result.take(*std::move(made), now);
    if (!differ_in_timestamp_alone(sealed, result))
        return base::Error(errc::form_differs, sealed.message_id);
    if (replaced) result.earlier.push_back(*std::move(replaced));
    return result;
}

} // namespace as4
