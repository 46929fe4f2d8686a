// SPDX-License-Identifier: Apache-2.0
// See recipe.hpp.
#include "recipe.hpp"

#include "crypto/digest.hpp"
#include "crypto/gcm.hpp"
#include "wss/envelope.hpp"
#include "xml/canonical.hpp"

#include <stdexcept>

namespace {

constexpr std::string_view boundary = "recipe-boundary";

std::string mime_part(std::string_view type, std::string_view content_id, base::BytesView octets)
{
    std::string text =
        "--" + std::string(boundary) + "\r\nContent-Type: " + std::string(type) + "\r\n";
    if (!content_id.empty()) text += "Content-ID: <" + std::string(content_id) + ">\r\n";
    return text + "\r\n" + std::string(octets) + "\r\n";
}

} // namespace

Recipe::Recipe(const support::Exchange& exchange)
    : message(support::make_message(exchange.a, exchange.b, exchange.now, {})),
      signer(&exchange.a.signer), recipient(exchange.b.signer.certificate())
{
    add("message", "<XHE/>");
}

void Recipe::add(
    const std::string& content_id, const base::Bytes& plain, const std::string& mime_type
)
{
    const base::Bytes octets = support::gzip(plain);
    message.parts.push_back(
        {"cid:" + content_id,
         {{"MimeType", mime_type, ""}, {"CompressionType", "application/gzip", ""}}}
    );
    digests.push_back({content_id, crypto::sha256(octets)});
    encrypted.push_back({content_id, "application/gzip"});
    parts.push_back({content_id, "application/octet-stream", octets});
}

support::HttpBody Recipe::cook() const
{
    wss::ToSign to_sign;
    to_sign.messaging_id = "messaging";
    to_sign.messaging = ebms::write(message, to_sign.messaging_id);
    before_signing(to_sign.messaging);
    to_sign.parts = digests;
    to_sign.token = signature_token;
    to_sign.timestamp = timestamp;
    auto envelope = wss::sign(to_sign, *signer).value();
    crypto::Secret key{base::Bytes(16, 'k')};
    if (!encrypted.empty()) {
        auto header = wss::make_encryption_header(
            encrypted, recipient, transport, wss::TokenReference::bst_x509v3
        );
        envelope.soap.insert(envelope.insert_at, header.value().xml);
        key = std::move(header->key);
    }
    after_signing(envelope.soap);
    if (!multipart) return {"application/soap+xml", envelope.soap};

    support::HttpBody body{
        "multipart/related; type=\"application/soap+xml\"; boundary=" + std::string(boundary), {}
    };
    if (name_start) body.content_type += "; start=\"<root>\"";
    for (std::size_t i = 0; i <= parts.size(); ++i) {
        if (i == soap_position) body.octets += mime_part(root_type, "root", envelope.soap);
        if (i == parts.size()) break;
        base::Bytes octets = parts[i].octets;
        if (parts[i].encrypted) {
            crypto::GcmEncryptor encryptor(key);
            base::Bytes cipher = encryptor.start();
            encryptor.update(octets, cipher);
            octets = cipher + encryptor.finish();
        }
        alter_wire_part(octets, i);
        body.octets += mime_part(parts[i].type, parts[i].content_id, octets);
    }
    body.octets += "--" + std::string(boundary) + "--\r\n";
    return body;
}

std::string told(const base::Error& error)
{
    const auto answer = as4::error_answer(error);
    const std::string code = answer.code ? std::string(answer.code->code) : std::string();
    if (answer.http_status == 200) return code;
    return std::to_string(answer.http_status) + (code.empty() ? "" : " ") + code;
}

const support::Exchange& exchange()
{
    static const support::Exchange both;
    return both;
}

std::string refused(const support::HttpBody& body, const support::Exchange& both)
{
    const auto verified = support::unpack(both.b.context(), body, both.now);
    return verified ? "accepted" : told(verified.error());
}

std::string refused(const Recipe& recipe, const support::Exchange& both)
{
    return refused(recipe.cook(), both);
}

void replace(base::Bytes& text, std::string_view what, std::string_view with)
{
    const auto at = text.find(what);
    if (at == base::Bytes::npos) throw std::runtime_error("not found: " + std::string(what));
    text.replace(at, what.size(), with);
}

std::function<void(base::Bytes&)> replacing(std::string what, std::string with)
{
    return [what = std::move(what), with = std::move(with)](base::Bytes& text) {
        replace(text, what, with);
    };
}

// Signs SignedInfo again.
static void renew_signature(base::Bytes& soap, const crypto::Signer& signer)
{
    const auto document = xml::Document::parse(soap).value();
    const auto security = *wss::locate(document).value().security;
    const auto signature = *security.child({wss::uri::ds, "Signature"});
    const auto signed_info = xml::canonical(*signature.child({wss::uri::ds, "SignedInfo"}));
    const auto value = signature.child({wss::uri::ds, "SignatureValue"})->trimmed_text();
    replace(soap, value, base::base64(signer.sign_sha256(signed_info.value()).value()));
}

base::Bytes sign_also(base::Bytes soap, const std::string& reference, const crypto::Signer& signer)
{
    replace(soap, "</ds:SignedInfo>", reference + "</ds:SignedInfo>");
    renew_signature(soap, signer);
    return soap;
}

void sign_timestamp(base::Bytes& soap, const std::string& content, const crypto::Signer& signer)
{
    const std::string end = "</wsu:Timestamp>";
    const auto begin = soap.find("<wsu:Timestamp");
    const auto old = soap.substr(begin, soap.find(end) + end.size() - begin);
    const auto fresh = old.substr(0, old.find('>') + 1) + content + end;
    replace(soap, old, fresh);
    const auto digest = [](const base::Bytes& octets) {
        const auto document = xml::Document::parse(octets).value();
        return base::base64(crypto::sha256(xml::canonical(document.root()).value()));
    };
    replace(soap, digest(old), digest(fresh));
    renew_signature(soap, signer);
}

std::string proven(const as4::Verified& verified)
{
    std::string all = ebms::write(verified.message(), "x") + verified.signer().fingerprint() +
                      verified.signed_info_digest() + verified.peer().name;
    for (const auto& reference : verified.references())
        all += reference;
    for (const auto& part : verified.parts()) {
        all += part.content_id + "|" + part.mime_type + "|" + part.character_set + "|" +
               std::to_string(part.plain_size) + (part.compressed ? "z" : "p") + part.sha256 +
               support::content_octets(part.content);
    }
    return all;
}
