// SPDX-License-Identifier: Apache-2.0
// Writes a signed envelope. Each hashed element is written directly in exclusive canonical form,
// with all the namespace declarations that it uses. So no tree is built, and nothing is written
// twice.
#include "wss/signature.hpp"

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "wss/content_id.hpp"
#include "wss/token.hpp"
#include "xml/escape.hpp"

namespace wss {

namespace {

std::string declaration(std::string_view prefix, std::string_view uri)
{
    return std::string(" xmlns:").append(prefix).append("=\"").append(uri).append("\"");
}

std::string method(std::string_view element, std::string_view algorithm)
{
    return std::string("<ds:")
        .append(element)
        .append(" Algorithm=\"")
        .append(algorithm)
        .append("\"></ds:")
        .append(element)
        .append(">");
}

Reference make_reference(std::string uri, TransformKind transform, base::Bytes digest)
{
    const std::string_view algorithm =
        transform == TransformKind::exclusive_c14n ? uri::exc_c14n : uri::attachment_signature;
    Reference reference{std::move(uri),           transform,         {},
                        std::string(uri::sha256), std::move(digest), {}};
    reference.xml = "<ds:Reference" + declaration("ds", uri::ds) + " URI=\"" +
                    xml::escape_attribute(reference.uri) + "\"><ds:Transforms>" +
                    method("Transform", algorithm) + "</ds:Transforms>" +
                    method("DigestMethod", uri::sha256) + "<ds:DigestValue>" +
                    base::base64(reference.digest) + "</ds:DigestValue></ds:Reference>";
    return reference;
}

// Returns a reference without the declaration of the prefix ds. SignedInfo already declares this
// prefix, so the canonical form of SignedInfo does not repeat the declaration.
std::string inside_signed_info(const Reference& reference)
{
    std::string element = reference.xml;
    return element.erase(
        std::string_view("<ds:Reference").size(), declaration("ds", uri::ds).size()
    );
}

std::string signed_info_of(const std::vector<Reference>& references)
{
    std::string element = "<ds:SignedInfo" + declaration("ds", uri::ds) + ">" +
                          method("CanonicalizationMethod", uri::exc_c14n) +
                          method("SignatureMethod", uri::rsa_sha256);
    for (const Reference& reference : references)
        element += inside_signed_info(reference);
    return element + "</ds:SignedInfo>";
}

std::string empty_body(const std::string& id)
{
    return "<S12:Body" + declaration("S12", uri::soap12) + declaration("wsu", uri::wsu) +
           " wsu:Id=\"" + id + "\"></S12:Body>";
}

} // namespace

// [TA12] One signature covers Messaging by its Id, the empty Body, every attachment, and the
// Timestamp if the caller wants one.
base::Result<SignedEnvelope> sign(const ToSign& what, const crypto::Signer& signer)
{
    const std::string body_id = what.body_id.empty() ? "_" + base::uuid() : what.body_id;
    for (const std::string& id : {what.messaging_id, body_id})
        if (!xml::is_ncname(id)) return base::Error(errc::malformed, "Id of eb:Messaging or Body");
    const std::string body = empty_body(body_id);
    SignedEnvelope envelope;
    const auto add_element = [&](const std::string& id, base::BytesView octets) {
        envelope.references.push_back(
            make_reference("#" + id, TransformKind::exclusive_c14n, crypto::sha256(octets))
        );
    };
    add_element(what.messaging_id, what.messaging);
    add_element(body_id, body);
    if (what.timestamp) {
        if (!xml::is_ncname(what.timestamp->id))
            return base::Error(errc::malformed, "Id of wsu:Timestamp");
        envelope.timestamp = write_timestamp(*what.timestamp);
        add_element(what.timestamp->id, envelope.timestamp);
    }
    for (const PartDigest& part : what.parts) {
        envelope.references.push_back(
            make_reference(cid_uri(part.content_id), TransformKind::attachment_content, part.sha256)
        );
    }
    const std::string signed_info = signed_info_of(envelope.references);
    auto value = signer.sign_sha256(signed_info);
    if (!value) return value.error();
    const auto token = write_token(what.token, signer.chain());
    if (!token) return token.error();

    envelope.soap = "<S12:Envelope" + declaration("S12", uri::soap12) +
                    "><S12:Header><wsse:Security" + declaration("wsse", uri::wsse) +
                    declaration("wsu", uri::wsu) + " S12:mustUnderstand=\"true\">";
    envelope.insert_at = envelope.soap.size();
    envelope.soap += envelope.timestamp + token->binary_security_token + "<ds:Signature" +
                     declaration("ds", uri::ds) + " Id=\"_" + base::uuid() + "\">" + signed_info +
                     "<ds:SignatureValue>" + base::base64(*value) + "</ds:SignatureValue>" +
                     token->key_info + "</ds:Signature></wsse:Security>";
    envelope.soap.append(what.messaging)
        .append("</S12:Header>")
        .append(body)
        .append("</S12:Envelope>");
    envelope.signed_info_digest = crypto::sha256(signed_info);
    envelope.value = *std::move(value);
    return envelope;
}

} // namespace wss
