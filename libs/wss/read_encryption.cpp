// SPDX-License-Identifier: Apache-2.0
// Reads xenc:EncryptedKey and xenc:EncryptedData of the SwA profile [AS4 5.1.6-5.1.7]: one key, one
// EncryptedData for each attachment, and a ReferenceList that names exactly these EncryptedData
// (facts: attack 15).
#include "wss/read_encryption.hpp"

#include "wss/shape.hpp"
#include "wss/token.hpp"

#include <algorithm>
#include <set>

namespace wss {

namespace {

constexpr std::size_t max_wrapped_key_length = 2048;
constexpr std::size_t max_media_type_length = 255;
constexpr std::string_view rsa_oaep_mgf1p = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

constexpr xml::Name method_name{uri::xenc, "EncryptionMethod"};
constexpr xml::Name cipher_data_name{uri::xenc, "CipherData"};
constexpr xml::Name reference_list_name{uri::xenc, "ReferenceList"};
constexpr xml::Name key_info_name{uri::ds, "KeyInfo"};
constexpr xml::Name digest_method_name{uri::ds, "DigestMethod"};
constexpr xml::Name mgf_name{uri::xenc11, "MGF"};

base::Result<crypto::Hash>
hash_of(std::optional<xml::Node> element, std::string_view sha1, std::string_view sha256)
{
    // [XML Enc 1.1 5.5.2] SHA-1 is the default of DigestMethod and of MGF.
    if (!element) return crypto::Hash::sha1;
    const auto algorithm = algorithm_of(*element);
    if (!algorithm) return algorithm.error();
    if (auto plain = no_children(*element); !plain) return plain.error();
    if (*algorithm == sha1) return crypto::Hash::sha1;
    if (*algorithm == sha256) return crypto::Hash::sha256;
    return base::Error(errc::policy, "hash of key transport");
}

// Checks the key transport against the allow-list, before the private key is used. rsa-1_5 is
// refused here (facts: attack 12).
base::Result<KeyTransport> read_transport(xml::Node method, const Algorithms& allowed)
{
    const auto algorithm = algorithm_of(method);
    if (!algorithm) return algorithm.error();
    const bool known = *algorithm == uri::rsa_oaep || *algorithm == rsa_oaep_mgf1p;
    if (!known) return base::Error(errc::policy, "key transport");
    if (auto shaped = only_these_children(method, {digest_method_name, mgf_name}); !shaped)
        return base::Error(errc::policy, "parameters of key transport");
    const auto digest = hash_of(method.child(digest_method_name), uri::sha1, uri::sha256);
    if (!digest) return digest.error();
    const auto mgf1 = hash_of(method.child(mgf_name), uri::mgf1_sha1, uri::mgf1_sha256);
    if (!mgf1) return mgf1.error();
    KeyTransport transport{*algorithm, {*digest, *mgf1}};
    if (*algorithm == rsa_oaep_mgf1p && transport.oaep.mgf1 != crypto::Hash::sha1)
        return base::Error(errc::policy, "MGF of rsa-oaep-mgf1p");
    if (std::find(allowed.key_transport.begin(), allowed.key_transport.end(), transport) ==
        allowed.key_transport.end())
        return base::Error(errc::policy, "key transport");
    return transport;
}

base::Result<base::Bytes> cipher_value_of(xml::Node element)
{
    const auto data = one(element, cipher_data_name);
    if (!data) return data.error();
    const auto value = data->only_child({uri::xenc, "CipherValue"});
    if (!value || data->children().size() != 1)
        return base::Error(errc::policy, "CipherData of EncryptedKey");
    return octets_of(*value, max_wrapped_key_length);
}

base::Result<std::set<std::string>> listed_data(xml::Node list)
{
    std::set<std::string> ids;
    for (const xml::Node reference : list.children()) {
        if (!reference.is({uri::xenc, "DataReference"}))
            return base::Error(errc::malformed, "ReferenceList");
        const auto written_uri = uri_of(reference);
        if (!written_uri) return written_uri.error();
        const auto id = fragment_of(*written_uri);
        if (!id) return id.error();
        if (!ids.insert(*id).second || ids.size() > max_references)
            return base::Error(errc::malformed, "ReferenceList");
    }
    return ids;
}

// Checks the KeyInfo of an EncryptedData. If there is a KeyInfo, it must be a reference to the
// EncryptedKey of this header, and nothing else.
base::Result<> check_data_key(xml::Node data, const std::string& key_id)
{
    const auto key_info = data.child(key_info_name);
    if (!key_info) return {};
    const auto reference = key_info->only_child({uri::wsse, "SecurityTokenReference"});
    if (!reference || key_info->children().size() != 1)
        return base::Error(errc::policy, "KeyInfo of EncryptedData");
    const auto direct = reference->only_child({uri::wsse, "Reference"});
    if (!direct || reference->children().size() != 1)
        return base::Error(errc::policy, "KeyInfo of EncryptedData");
    const auto written_uri = uri_of(*direct);
    if (!written_uri) return written_uri.error();
    if (key_id.empty() || *written_uri != "#" + key_id)
        return base::Error(errc::policy, "KeyInfo of EncryptedData");
    return {};
}

base::Result<std::string> cipher_reference_of(xml::Node data)
{
    const auto cipher_data = one(data, cipher_data_name);
    if (!cipher_data) return cipher_data.error();
    const auto reference = cipher_data->only_child({uri::xenc, "CipherReference"});
    // A CipherValue here would be encrypted content inside the header. Only attachments may be
    // encrypted [AS4 5.1.6].
    if (!reference || cipher_data->children().size() != 1)
        return base::Error(errc::policy, "CipherData");
    const auto written_uri = uri_of(*reference);
    if (!written_uri) return written_uri.error();
    auto content_id = content_id_of(*written_uri);
    if (!content_id) return base::Error(errc::policy, "CipherReference that is no cid:");
    const auto transforms = reference->only_child({uri::xenc, "Transforms"});
    if (!transforms || reference->children().size() != 1 || transforms->children().size() != 1)
        return base::Error(errc::policy, "transforms of CipherReference");
    const auto transform = one(*transforms, {uri::ds, "Transform"});
    if (!transform) return transform.error();
    if (transform->attribute({"", "Algorithm"}) != uri::attachment_ciphertext)
        return base::Error(errc::policy, "transforms of CipherReference");
    if (auto plain = no_children(*transform); !plain) return plain.error();
    return *std::move(content_id);
}

base::Result<EncryptedPart>
read_data(xml::Node data, const std::string& key_id, const Algorithms& allowed)
{
    if (auto shaped = only_these_children(data, {method_name, key_info_name, cipher_data_name});
        !shaped)
        return shaped.error();
    if (data.attribute({"", "Type"}) != uri::attachment_content_only)
        return base::Error(errc::policy, "Type of EncryptedData");
    const auto method = one(data, method_name);
    if (!method) return method.error();
    const auto algorithm = algorithm_of(*method);
    if (!algorithm) return algorithm.error();
    if (!contains(allowed.content, *algorithm) || *algorithm != uri::aes128_gcm)
        return base::Error(errc::policy, "content encryption"); // facts: attack 13
    if (auto plain = no_children(*method); !plain) return plain.error();
    if (auto key = check_data_key(data, key_id); !key) return key.error();
    auto content_id = cipher_reference_of(data);
    if (!content_id) return content_id.error();
    EncryptedPart part{*std::move(content_id), data.attribute({"", "MimeType"}).value_or("")};
    if (part.mime_type.size() > max_media_type_length)
        return base::Error(errc::malformed, "MimeType");
    return part;
}

base::Result<std::vector<EncryptedPart>> read_all_data(
    const EncryptionElements& elements, const std::set<std::string>& listed,
    const Algorithms& allowed
)
{
    const std::string key_id = id_of(elements.keys.front()).value_or("");
    std::vector<EncryptedPart> parts;
    std::set<std::string> ids;
    std::set<std::string> content_ids;
    for (const xml::Node data : elements.data) {
        // Each EncryptedData is taken from its place in the header, never searched by its id. An
        // equal id elsewhere in the document has therefore no effect.
        const auto id = id_of(data);
        if (!id || !listed.contains(*id) || !ids.insert(*id).second)
            return base::Error(errc::malformed, "EncryptedData not in the ReferenceList");
        auto part = read_data(data, key_id, allowed);
        if (!part) return part.error();
        if (!content_ids.insert(part->content_id).second)
            return base::Error(errc::malformed, "attachment encrypted twice");
        parts.push_back(*std::move(part));
    }
    return parts;
}

} // namespace

base::Result<Encryption> read_encryption(
    const xml::Document& document, xml::Node security, const EncryptionElements& elements,
    const Algorithms& allowed
)
{
    if (elements.keys.size() != 1) return base::Error(errc::malformed, "not one EncryptedKey");
    if (elements.data.size() > max_references)
        return base::Error(errc::policy, "too many EncryptedData");
    const xml::Node key = elements.keys.front();
    if (auto shaped = only_these_children(
            key, {method_name, key_info_name, cipher_data_name, reference_list_name}
        );
        !shaped)
        return shaped.error();
    const auto method = one(key, method_name);
    const auto key_info = one(key, key_info_name);
    const auto list = one(key, reference_list_name);
    if (!method || !key_info || !list) return base::Error(errc::malformed, "EncryptedKey");
    auto transport = read_transport(*method, allowed);
    if (!transport) return transport.error();
    auto reference = read_token(document, security, *key_info, allowed.encryption_token);
    if (!reference) return reference.error();
    auto wrapped = cipher_value_of(key);
    if (!wrapped) return wrapped.error();
    const auto listed = listed_data(*list);
    if (!listed) return listed.error();
    auto parts = read_all_data(elements, *listed, allowed);
    if (!parts) return parts.error();
    // Each EncryptedData is in the list. If the counts are equal, the list names nothing else.
    // There must be at least one EncryptedData.
    if (parts->empty() || parts->size() != listed->size())
        return base::Error(errc::malformed, "ReferenceList names other data");
    return Encryption{
        *std::move(transport), *std::move(reference), *std::move(wrapped), *std::move(parts)
    };
}

} // namespace wss
