// SPDX-License-Identifier: Apache-2.0
// Answers of a peer written by hand: receipts and errors, right and wrong, for one message that was
// sent.
#pragma once

#include "crypto/digest.hpp"
#include "support/exchange.hpp"
#include "wss/envelope.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

namespace answers {

inline const support::Exchange& exchange()
{
    static const support::Exchange both;
    return both;
}

inline constexpr const char* soap_type = "application/soap+xml; charset=UTF-8";

inline base::Bytes reference(
    const std::string& uri, const base::Bytes& digest, std::string_view method = wss::uri::sha256
)
{
    return "<ds:Reference xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"" + uri +
           "\"><ds:DigestMethod Algorithm=\"" + std::string(method) +
           "\"></ds:DigestMethod><ds:DigestValue>" + base::base64(digest) +
           "</ds:DigestValue></ds:Reference>";
}

// A receipt written by hand for what A sent.
struct Script {
    as4::Sealed sent = support::pack(exchange().a, exchange().b, exchange().now).sealed;
    std::string ref_to_message_id = sent.message_id;
    std::vector<base::Bytes> references;
    std::vector<wss::PartDigest> attachments;
    const crypto::Signer* signer = &exchange().b.signer;

    Script()
    {
        for (const auto& each : sent.references)
            references.push_back(reference(each.uri, each.digest));
    }
    base::Bytes soap() const
    {
        ebms::MessageInfo info{exchange().now, "receipt@b.example", ref_to_message_id};
        wss::ToSign to_sign{
            ebms::write_receipt(info, references, "messaging"), "messaging", attachments
        };
        return wss::sign(to_sign, *signer).value().soap;
    }
    base::Result<as4::Answer> read(const base::Bytes& body) const
    {
        return as4::read_answer(
            soap_type, body, sent, exchange().a.peer(), exchange().a.trust, exchange().now
        );
    }
    boost::system::error_code outcome(const base::Bytes& body) const
    {
        const auto answer = read(body);
        return answer ? boost::system::error_code() : answer.error().code;
    }
    boost::system::error_code outcome() const { return outcome(soap()); }
};

inline base::Bytes unsigned_form(base::Bytes soap)
{
    const auto begin = soap.find("<wsse:Security");
    soap.erase(begin, soap.find("</wsse:Security>") + 16 - begin);
    return soap;
}

inline base::Bytes error_soap(const std::string& ref_to_message_id, const crypto::Signer& signer)
{
    const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
    return as4::make_error_signal(answer, ref_to_message_id, signer, exchange().now).value();
}

// An error of B whose signature covers a Body that is not empty: the canonical Body, its digest put
// into SignedInfo, and SignedInfo signed again.
inline base::Bytes
signed_with_body(const std::string& ref_to_message_id, const std::string& content)
{
    const auto& signer = exchange().b.signer;
    auto soap = error_soap(ref_to_message_id, signer);
    const auto digest_of_body = [](const base::Bytes& text) {
        const auto document = xml::Document::parse(text).value();
        const auto body = wss::locate(document).value().body;
        return base::base64(crypto::sha256(xml::canonical(body).value()));
    };
    const auto old_digest = digest_of_body(soap);
    soap.insert(soap.find("</S12:Body>"), content);
    const auto at = soap.find(old_digest);
    REQUIRE(at != base::Bytes::npos);
    soap.replace(at, old_digest.size(), digest_of_body(soap));

    const auto document = xml::Document::parse(soap).value();
    const auto security = *wss::locate(document).value().security;
    const auto header = wss::read_security(document, security, {}).value();
    const auto octets =
        xml::canonical(header.signature->signed_info, header.signature->c14n_prefixes).value();
    const auto begin = soap.find("<ds:SignatureValue>") + 19;
    const auto end = soap.find("</ds:SignatureValue>");
    return soap.replace(begin, end - begin, base::base64(signer.sign_sha256(octets).value()));
}

} // namespace answers
