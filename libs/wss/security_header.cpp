// SPDX-License-Identifier: Apache-2.0
// Reads wsse:Security and its ds:Signature. Anything that does not have the structure of the
// profile is refused here, before any cryptography (facts: attacks 6 to 10).
#include "wss/security_header.hpp"

#include "crypto/digest.hpp"
#include "wss/read_encryption.hpp"
#include "wss/shape.hpp"
#include "wss/token.hpp"
#include "xml/canonical.hpp"

#include <algorithm>
#include <set>

namespace wss {

namespace {

constexpr std::size_t max_signature_length = 2048; // octets, enough for RSA with 16384 bits
constexpr std::size_t max_prefixes = 32;
constexpr std::size_t max_prefix_length = 64;

constexpr xml::Name signature_name{uri::ds, "Signature"};
constexpr xml::Name signed_info_name{uri::ds, "SignedInfo"};
constexpr xml::Name signature_value_name{uri::ds, "SignatureValue"};
constexpr xml::Name key_info_name{uri::ds, "KeyInfo"};
constexpr xml::Name canonicalization_name{uri::ds, "CanonicalizationMethod"};
constexpr xml::Name signature_method_name{uri::ds, "SignatureMethod"};
constexpr xml::Name reference_name{uri::ds, "Reference"};
constexpr xml::Name transforms_name{uri::ds, "Transforms"};
constexpr xml::Name transform_name{uri::ds, "Transform"};
constexpr xml::Name digest_method_name{uri::ds, "DigestMethod"};
constexpr xml::Name digest_value_name{uri::ds, "DigestValue"};
constexpr xml::Name inclusive_name{uri::exc_c14n, "InclusiveNamespaces"};

// Returns the PrefixList of an exclusive canonicalization: at most 32 prefixes of at most 64 octets
// (facts: attack 6).
base::Result<std::vector<std::string>> prefixes_of(xml::Node method)
{
    if (auto shaped = only_these_children(method, {inclusive_name}); !shaped)
        return base::Error(errc::policy, "parameters of canonicalization");
    std::vector<std::string> prefixes;
    const auto inclusive = method.child(inclusive_name);
    if (!inclusive) return prefixes;
    const std::string list = inclusive->attribute({"", "PrefixList"}).value_or("");
    std::size_t at = list.find_first_not_of(" \t\r\n");
    while (at != std::string::npos) {
        const std::size_t end = std::min(list.find_first_of(" \t\r\n", at), list.size());
        if (end - at > max_prefix_length || prefixes.size() == max_prefixes)
            return base::Error(errc::policy, "PrefixList");
        prefixes.push_back(list.substr(at, end - at));
        at = list.find_first_not_of(" \t\r\n", end);
    }
    return prefixes;
}

// Requires exactly one transform, which must be the one for the kind of URI [AS4 5.1.4-5.1.5].
base::Result<> read_transform(Reference& reference, xml::Node element)
{
    const auto transforms = element.only_child(transforms_name);
    if (!transforms || transforms->children().size() != 1)
        return base::Error(errc::policy, "transforms");
    const auto transform = one(*transforms, transform_name);
    if (!transform) return transform.error();
    const auto algorithm = algorithm_of(*transform);
    if (!algorithm) return algorithm.error();
    if (content_id_of(reference.uri)) {
        if (*algorithm != uri::attachment_signature)
            return base::Error(errc::policy, "transform of an attachment");
        reference.transform = TransformKind::attachment_content;
        return no_children(*transform);
    }
    if (auto id = fragment_of(reference.uri); !id) return id.error();
    if (*algorithm != uri::exc_c14n) return base::Error(errc::policy, "transform of an element");
    reference.transform = TransformKind::exclusive_c14n;
    auto prefixes = prefixes_of(*transform);
    if (!prefixes) return prefixes.error();
    reference.prefixes = *std::move(prefixes);
    return {};
}

base::Result<Reference> read_reference(xml::Node element, const Algorithms& allowed)
{
    if (auto shaped =
            only_these_children(element, {transforms_name, digest_method_name, digest_value_name});
        !shaped)
        return shaped.error();
    if (element.attribute({"", "Type"})) return base::Error(errc::policy, "Type of Reference");
    Reference reference;
    auto written_uri = uri_of(element);
    if (!written_uri) return written_uri.error();
    reference.uri = *std::move(written_uri);
    if (auto read = read_transform(reference, element); !read) return read.error();

    const auto method = one(element, digest_method_name);
    const auto value = one(element, digest_value_name);
    if (!method || !value) return base::Error(errc::malformed, "digest");
    const auto algorithm = algorithm_of(*method);
    if (!algorithm) return algorithm.error();
    if (!contains(allowed.digest, *algorithm) || *algorithm != uri::sha256)
        return base::Error(errc::policy, "digest method");
    if (auto plain = no_children(*method); !plain) return plain.error();
    reference.digest_method = *algorithm;
    auto digest = octets_of(*value, crypto::sha256_size);
    if (!digest || digest->size() != crypto::sha256_size)
        return base::Error(errc::malformed, "DigestValue"); // facts: attack 11
    reference.digest = *std::move(digest);
    auto canonical = xml::canonical(element);
    if (!canonical) return canonical.error();
    reference.xml = *std::move(canonical);
    return reference;
}

// The treatment of a ds:Reference outside the profile: a reference with another transform, digest
// method or URI, or with a Type.
enum class Unread { refused, set_aside };

struct References {
    std::vector<Reference> read;
    std::vector<std::string> unread; // URIs of the references that were set aside
};

base::Result<References>
read_references(xml::Node signed_info, const Algorithms& allowed, Unread others)
{
    const std::vector<xml::Node> elements = signed_info.children(reference_name);
    if (elements.empty()) return base::Error(errc::not_covered, "no reference");
    if (elements.size() > max_references) return base::Error(errc::policy, "too many references");
    References references;
    std::set<std::string> targets;
    for (const xml::Node element : elements) {
        auto reference = read_reference(element, allowed);
        if (!reference) {
            if (others == Unread::refused) return reference.error();
            references.unread.push_back(element.attribute({"", "URI"}).value_or(""));
            continue;
        }
        // A target must not be signed twice, not even with two spellings of a part's URI.
        const auto content_id = content_id_of(reference->uri);
        if (!targets.insert(content_id ? "cid:" + *content_id : reference->uri).second)
            return base::Error(errc::policy, "target referenced twice");
        references.read.push_back(*std::move(reference));
    }
    return references;
}

base::Result<>
check_methods(xml::Node canonicalization, xml::Node method, const Algorithms& allowed)
{
    const auto canonical_algorithm = algorithm_of(canonicalization);
    if (!canonical_algorithm) return canonical_algorithm.error();
    if (!contains(allowed.canonicalization, *canonical_algorithm) ||
        *canonical_algorithm != uri::exc_c14n)
        return base::Error(errc::policy, "canonicalization");
    const auto signature_algorithm = algorithm_of(method);
    if (!signature_algorithm) return signature_algorithm.error();
    if (!contains(allowed.signature, *signature_algorithm) ||
        *signature_algorithm != uri::rsa_sha256)
        return base::Error(errc::policy, "signature method");
    return no_children(method);
}

base::Result<Signature> read_signature(
    const xml::Document& document, xml::Node security, xml::Node element, const Algorithms& allowed,
    Unread others
)
{
    // ds:Object is refused: the profile does not have it, and it could carry anything.
    if (auto shaped =
            only_these_children(element, {signed_info_name, signature_value_name, key_info_name});
        !shaped)
        return shaped.error();
    const auto signed_info = one(element, signed_info_name);
    const auto value = one(element, signature_value_name);
    const auto key_info = one(element, key_info_name);
    if (!signed_info || !value || !key_info) return base::Error(errc::malformed, "ds:Signature");
    const auto canonicalization = one(*signed_info, canonicalization_name);
    const auto method = one(*signed_info, signature_method_name);
    if (!canonicalization || !method) return base::Error(errc::malformed, "ds:SignedInfo");
    if (auto checked = check_methods(*canonicalization, *method, allowed); !checked)
        return checked.error();
    auto prefixes = prefixes_of(*canonicalization);
    if (!prefixes) return prefixes.error();
    auto references = read_references(*signed_info, allowed, others);
    if (!references) return references.error();
    if (signed_info->children().size() != references->read.size() + references->unread.size() + 2)
        return base::Error(errc::malformed, "foreign element in SignedInfo");
    auto octets = octets_of(*value, max_signature_length);
    if (!octets) return octets.error();
    auto key = read_token(document, security, *key_info, allowed.signature_token);
    if (!key) return key.error();
    return Signature{
        *signed_info,
        *std::move(prefixes),
        std::move(references->read),
        std::move(references->unread),
        *std::move(octets),
        *std::move(key)
    };
}

// Returns whether a ds:Signature refers to `target`. The test only selects a signature; the
// selected signature is read and verified like any other.
bool refers_to(xml::Node signature, xml::Node target)
{
    const auto signed_info = signature.child(signed_info_name);
    if (!signed_info) return false;
    const auto references = signed_info->children(reference_name);
    return std::any_of(references.begin(), references.end(), [&](xml::Node reference) {
        const auto uri = reference.attribute({"", "URI"}).value_or("");
        return uri.starts_with('#') && (target.attribute({uri::wsu, "Id"}) == uri.substr(1) ||
                                        target.attribute({"", "Id"}) == uri.substr(1));
    });
}

// Returns the only ds:Signature of a signal, if there is one. If there are several, returns the one
// that refers to eb:Messaging. An endorsing signature, which signs another signature, proves
// nothing about the message.
base::Result<std::optional<xml::Node>> signature_of_signal(const Envelope& envelope)
{
    std::vector<xml::Node> signatures;
    if (envelope.security) signatures = envelope.security->children(signature_name);
    if (signatures.size() > 1) {
        std::erase_if(signatures, [&](xml::Node each) {
            return !refers_to(each, envelope.messaging);
        });
        if (signatures.empty())
            return base::Error(errc::not_covered, "no ds:Signature refers to eb:Messaging");
    }
    if (signatures.size() > 1)
        return base::Error(errc::malformed, "several ds:Signature refer to eb:Messaging");
    if (signatures.empty()) return std::optional<xml::Node>();
    return std::optional(signatures.front());
}

} // namespace

base::Result<SecurityHeader>
read_security(const xml::Document& document, xml::Node security, const Algorithms& allowed)
{
    std::vector<xml::Node> signatures;
    std::vector<xml::Node> timestamps;
    EncryptionElements encryption;
    for (const xml::Node child : security.children()) {
        if (child.is(signature_name))
            signatures.push_back(child);
        else if (child.is({uri::wsu, "Timestamp"}))
            timestamps.push_back(child); // [BSP R3227] at most one
        else if (child.is({uri::xenc, "EncryptedKey"}))
            encryption.keys.push_back(child);
        else if (child.is({uri::xenc, "EncryptedData"}))
            encryption.data.push_back(child);
        else if (!child.is({uri::wsse, "BinarySecurityToken"}))
            return base::Error(errc::malformed, "foreign element in wsse:Security");
    }
    if (signatures.size() > 1 || timestamps.size() > 1)
        return base::Error(errc::malformed, "Signature or Timestamp repeated");
    SecurityHeader header;
    if (!signatures.empty()) {
        auto signature =
            read_signature(document, security, signatures.front(), allowed, Unread::refused);
        if (!signature) return signature.error();
        header.signature = *std::move(signature);
    }
    if (!encryption.keys.empty() || !encryption.data.empty()) {
        auto read = read_encryption(document, security, encryption, allowed);
        if (!read) return read.error();
        header.encryption = *std::move(read);
    }
    if (!timestamps.empty()) {
        auto timestamp = read_timestamp(timestamps.front());
        if (!timestamp) return timestamp.error();
        header.timestamp = *std::move(timestamp);
    }
    return header;
}

base::Result<SecurityHeader> read_signal_security(
    const xml::Document& document, const Envelope& envelope, const Algorithms& allowed
)
{
    const auto element = signature_of_signal(envelope);
    if (!element) return element.error();
    SecurityHeader header;
    if (!*element) return header;
    auto signature =
        read_signature(document, *envelope.security, **element, allowed, Unread::set_aside);
    if (!signature) return signature.error();
    header.signature = *std::move(signature);
    if (const auto timestamp = envelope.security->only_child({uri::wsu, "Timestamp"}))
        if (auto read = read_timestamp(*timestamp)) header.timestamp = *std::move(read);
    return header;
}

} // namespace wss
