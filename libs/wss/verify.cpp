// SPDX-License-Identifier: Apache-2.0
// Verifies what the signature of the header covers. The targets of references are compared, as
// nodes, with the nodes that locate() found. So a moved or copied element cannot replace the
// element that is used (facts: attack 1).
#include "wss/signature.hpp"

#include "crypto/digest.hpp"
#include "wss/shape.hpp"
#include "xml/canonical.hpp"

#include <algorithm>

namespace wss {

namespace {

base::Result<> check_digest(xml::Node element, const Reference& reference)
{
    if (reference.digest_method != uri::sha256) return base::Error(errc::policy, "digest method");
    const auto octets = xml::canonical(element, reference.prefixes);
    // A failed canonical form must never count as an empty one (facts: attack 5).
    if (!octets) return octets.error();
    if (!base::equal_constant_time(crypto::sha256(*octets), reference.digest))
        return base::Error(errc::bad_digest, std::string(element.local_name()));
    return {};
}

// Returns true even if the message has a UserMessage beside the signal. ebms::read() never accepts
// such a UserMessage, so only the signal can have an effect.
bool is_signal(const Envelope& envelope)
{
    return envelope.messaging.child({uri::eb, "SignalMessage"}).has_value();
}

// [AS4 5.1.5] [ED115 1.4.2.2] Payloads are attachments. So the Body must be empty, or, in a signal,
// may hold a Fault and nothing else.
base::Result<> check_body(const Envelope& envelope)
{
    const std::vector<xml::Node> held = envelope.body.children();
    if (held.empty()) {
        if (!envelope.body.trimmed_text().empty()) return base::Error(errc::policy, "text in Body");
        return {};
    }
    if (held.size() != 1 || !is_signal(envelope) || !held.front().is({uri::soap12, "Fault"}))
        return base::Error(errc::policy, "Body is not empty");
    return {};
}

bool is_timestamp(const Envelope& envelope, xml::Node node)
{
    if (!envelope.security) return false;
    const auto timestamp = envelope.security->only_child({uri::wsu, "Timestamp"});
    return timestamp && *timestamp == node;
}

// Returns whether an element may be signed in addition to Messaging and Body. The place of the
// element in the header decides, never its name: an attacker could have moved an element to another
// place.
bool may_be_signed(const Envelope& envelope, xml::Node node)
{
    if (!is_signal(envelope)) return is_timestamp(envelope, node);
    if (node.parent() == envelope.messaging.parent()) return true;
    // Accept elements at any depth: some products sign ds:KeyInfo and its token reference.
    for (auto above = node.parent(); above; above = above->parent())
        if (above == envelope.security) return true;
    return false;
}

// Refuses a second reference to Messaging or Body, even if Kurir cannot verify this reference. The
// two references would be two statements about the same element.
base::Result<> check_unread(
    const xml::Document& document, const Envelope& envelope, const std::vector<std::string>& unread
)
{
    if (!unread.empty() && !is_signal(envelope)) return base::Error(errc::policy, "reference");
    for (const std::string& uri : unread) {
        if (!uri.starts_with('#')) continue;
        for (const xml::Node named : document.with_id(std::string_view(uri).substr(1)))
            if (named == envelope.messaging || named == envelope.body)
                return base::Error(errc::policy, "target referenced twice");
    }
    return {};
}

struct SignedElement {
    xml::Node node;
    const Reference* reference;
};

struct Covered {
    const Reference* messaging = nullptr;
    const Reference* body = nullptr;
    std::vector<SignedElement> others;
    std::map<std::string, Reference> attachments;
};

base::Result<> add_element(
    Covered& covered, const xml::Document& document, const Envelope& envelope,
    const Reference& reference
)
{
    const auto id = fragment_of(reference.uri);
    if (!id) return id.error();
    const std::vector<xml::Node> named = document.with_id(*id);
    if (named.size() > 1) return base::Error(errc::policy, "Id is not unique");
    if (named.empty()) return base::Error(errc::not_covered, "reference to no element");
    const xml::Node target = named.front();
    const bool to_messaging = target == envelope.messaging;
    if (to_messaging || target == envelope.body) {
        const Reference*& slot = to_messaging ? covered.messaging : covered.body;
        if (slot != nullptr) return base::Error(errc::policy, "target referenced twice");
        slot = &reference;
        return {};
    }
    if (!may_be_signed(envelope, target))
        return base::Error(errc::policy, "reference to another element");
    const auto again = [&](const SignedElement& other) { return other.node == target; };
    if (std::any_of(covered.others.begin(), covered.others.end(), again))
        return base::Error(errc::policy, "target referenced twice");
    covered.others.push_back({target, &reference});
    return {};
}

base::Result<Covered>
sort_references(const xml::Document& document, const Envelope& envelope, const Signature& signature)
{
    Covered covered;
    for (const Reference& reference : signature.references) {
        const auto content_id = content_id_of(reference.uri);
        const auto expected =
            content_id ? TransformKind::attachment_content : TransformKind::exclusive_c14n;
        if (reference.transform != expected) return base::Error(errc::policy, "transform");
        if (content_id) {
            if (!covered.attachments.emplace(*content_id, reference).second)
                return base::Error(errc::policy, "attachment referenced twice");
        } else if (auto added = add_element(covered, document, envelope, reference); !added) {
            return added.error();
        }
    }
    if (covered.messaging == nullptr) return base::Error(errc::not_covered, "eb:Messaging");
    if (covered.body == nullptr) return base::Error(errc::not_covered, "Body");
    if (auto checked = check_unread(document, envelope, signature.unread); !checked)
        return checked.error();
    return covered;
}

} // namespace

base::Result<SignedParts> verify_header(
    const xml::Document& document, const Envelope& envelope, const Signature& signature,
    const crypto::Certificate& signer
)
{
    const auto signed_info = xml::canonical(signature.signed_info, signature.c14n_prefixes);
    if (!signed_info) return signed_info.error();
    if (!crypto::verify_sha256(signer, *signed_info, signature.value))
        return base::Error(errc::bad_signature);

    auto covered = sort_references(document, envelope, signature);
    if (!covered) return covered.error();
    if (auto checked = check_digest(envelope.messaging, *covered->messaging); !checked)
        return checked.error();
    if (auto checked = check_digest(envelope.body, *covered->body); !checked)
        return checked.error();
    bool timestamp = false;
    for (const auto& [node, reference] : covered->others) {
        if (auto checked = check_digest(node, *reference); !checked) return checked.error();
        timestamp = timestamp || is_timestamp(envelope, node);
    }
    if (auto checked = check_body(envelope); !checked) return checked.error();
    return SignedParts{
        std::move(covered->attachments), crypto::sha256(*signed_info), timestamp,
        signature.unread.size()
    };
}

base::Result<SignedBy> verify_header(
    const xml::Document& document, const Envelope& envelope, const Signature& signature,
    const std::vector<crypto::Certificate>& known, base::Time now
)
{
    auto meant = candidates(signature.key, known);
    std::stable_partition(meant.begin(), meant.end(), [&](const crypto::Certificate& one) {
        return one.not_before() <= now && now <= one.not_after();
    });
    base::Error failure(errc::unknown_certificate);
    for (const crypto::Certificate& signer : meant) {
        auto parts = verify_header(document, envelope, signature, signer);
        if (parts) return SignedBy{signer, *std::move(parts)};
        failure = parts.error();
        // With any other error the key is right and the message is not: try no other certificate.
        if (failure.code != errc::bad_signature) break;
    }
    return failure;
}

} // namespace wss
