// SPDX-License-Identifier: Apache-2.0
// Signed envelopes to attack.
#include "wss/message.hpp"

#include "crypto/digest.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace message {

namespace {

std::string between(
    const std::string& text, const std::string& begin, const std::string& end, std::size_t from = 0
)
{
    const std::size_t start = text.find(begin, from);
    REQUIRE(start != std::string::npos);
    const std::size_t stop = text.find(end, start + begin.size());
    REQUIRE(stop != std::string::npos);
    return text.substr(start + begin.size(), stop - start - begin.size());
}

std::string redigested(std::string soap)
{
    const auto document = xml::Document::parse(soap);
    REQUIRE(document);
    for (std::size_t at = soap.find(" URI=\"#"); at != std::string::npos;
         at = soap.find(" URI=\"#", at + 1)) {
        const std::size_t value_at = soap.find("<ds:DigestValue>", at);
        if (value_at == std::string::npos || soap.find("</ds:SignedInfo>", at) == std::string::npos)
            break;
        const auto targets = document->with_id(between(soap, " URI=\"#", "\"", at));
        if (targets.empty()) continue;
        const auto form = xml::canonical(targets.front());
        REQUIRE(form);
        const std::string old = between(soap, "<ds:DigestValue>", "<", at);
        soap.replace(
            value_at + std::string("<ds:DigestValue>").size(), old.size(),
            base::base64(crypto::sha256(*form))
        );
    }
    return soap;
}

} // namespace

std::string messaging(const std::string& content)
{
    return std::string("<eb:Messaging xmlns:S12=\"").append(wss::uri::soap12) + "\" xmlns:eb=\"" +
           std::string(wss::uri::eb) + "\" xmlns:wsu=\"" + std::string(wss::uri::wsu) +
           "\" wsu:Id=\"" + messaging_id + "\" S12:mustUnderstand=\"true\">" + content +
           "</eb:Messaging>";
}

const support::Identity& alice()
{
    static const support::Identity identity = support::Authority().identity("wss-alice");
    return identity;
}

const support::Identity& bob()
{
    static const support::Identity identity = support::Authority().identity("wss-bob");
    return identity;
}

wss::SignedEnvelope envelope(wss::TokenReference token)
{
    const auto signer = crypto::Signer::from_files(alice().key_file, alice().chain_file);
    REQUIRE(signer);
    wss::ToSign what{
        messaging(),
        messaging_id,
        {{"message", crypto::sha256("one")}, {"attachment@x", crypto::sha256("two")}},
        token
    };
    auto made = wss::sign(what, *signer);
    REQUIRE(made);
    return *std::move(made);
}

wss::SignedEnvelope timestamped(const std::string& content)
{
    const auto signer = crypto::Signer::from_files(alice().key_file, alice().chain_file);
    REQUIRE(signer);
    wss::ToSign what{content, messaging_id, {}};
    const bool signal = content.find("eb:SignalMessage") != std::string::npos;
    if (!signal) what.parts = {{"message", crypto::sha256("one")}};
    const auto created = base::parse_time("2026-11-22T01:00:00Z").value();
    what.timestamp = {timestamp_id, created, created + std::chrono::minutes(5)};
    auto made = wss::sign(what, *signer);
    REQUIRE(made);
    return *std::move(made);
}

std::string signed_soap()
{
    return envelope().soap;
}

std::string replaced(std::string soap, const std::string& from, const std::string& to)
{
    std::size_t at = soap.find(from);
    INFO(from);
    REQUIRE(at != std::string::npos);
    for (; at != std::string::npos; at = soap.find(from, at + to.size()))
        soap.replace(at, from.size(), to);
    return soap;
}

std::string first_replaced(std::string soap, const std::string& from, const std::string& to)
{
    const std::size_t at = soap.find(from);
    INFO(from);
    REQUIRE(at != std::string::npos);
    return soap.replace(at, from.size(), to);
}

std::string re_signed(std::string soap, const support::Identity& signer)
{
    soap = redigested(std::move(soap));
    const auto document = xml::Document::parse(soap);
    REQUIRE(document);
    std::optional<xml::Node> signed_info;
    const auto header = document->root().child({wss::uri::soap12, "Header"});
    REQUIRE(header);
    for (const xml::Node security : header->children({wss::uri::wsse, "Security"})) {
        if (const auto signature = security.child({wss::uri::ds, "Signature"}))
            signed_info = signature->child({wss::uri::ds, "SignedInfo"});
    }
    REQUIRE(signed_info);
    const auto form = xml::canonical(*signed_info);
    REQUIRE(form);
    const auto value = signer.signer().sign_sha256(*form);
    REQUIRE(value);
    return first_replaced(
        soap, "<ds:SignatureValue>" + between(soap, "<ds:SignatureValue>", "<"),
        "<ds:SignatureValue>" + base::base64(*value)
    );
}

namespace {

using Read =
    std::function<base::Result<wss::SecurityHeader>(const xml::Document&, const wss::Envelope&)>;

base::Result<wss::SignedParts> verify_with(const std::string& soap, const Read& read)
{
    const auto document = xml::Document::parse(soap);
    if (!document) return document.error();
    const auto places = wss::locate(*document);
    if (!places) return places.error();
    if (!places->security) return base::Error(wss::errc::not_signed);
    const auto header = read(*document, *places);
    if (!header) return header.error();
    if (!header->signature) return base::Error(wss::errc::not_signed);
    const auto signer = alice().certificate();
    auto proof = wss::verify_header(
        *document, *places, *header->signature, {signer, bob().certificate()}, signer.not_before()
    );
    if (!proof) return proof.error();
    return std::move(proof->parts);
}

boost::system::error_code error_of(const base::Result<wss::SignedParts>& outcome)
{
    if (outcome) return {};
    UNSCOPED_INFO(outcome.error().text());
    return outcome.error().code;
}

} // namespace

base::Result<wss::SignedParts> verify(const std::string& soap, const wss::Algorithms& allowed)
{
    return verify_with(soap, [&](const xml::Document& document, const wss::Envelope& places) {
        return wss::read_security(document, *places.security, allowed);
    });
}

base::Result<wss::SignedParts> verify_signal(const std::string& soap)
{
    return verify_with(soap, [](const xml::Document& document, const wss::Envelope& places) {
        return wss::read_signal_security(document, places, {});
    });
}

boost::system::error_code refusal(const std::string& soap, const wss::Algorithms& allowed)
{
    return error_of(verify(soap, allowed));
}

boost::system::error_code refusal_of_signal(const std::string& soap)
{
    return error_of(verify_signal(soap));
}

} // namespace message
