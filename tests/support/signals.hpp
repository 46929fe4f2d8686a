// SPDX-License-Identifier: Apache-2.0
// Signals written by hand: the text of what stands in eb:Messaging, and SOAP messages signed over
// it.
#pragma once

#include "as4/pack.hpp"
#include "crypto/rsa.hpp"
#include "wss/signature.hpp"
#include "wss/uris.hpp"
#include "xml/canonical.hpp"

#include <string>
#include <vector>

namespace support {

inline std::string message_info(const std::string& id, const std::string& about)
{
    const std::string reference =
        about.empty() ? "" : "<eb:RefToMessageId>" + about + "</eb:RefToMessageId>";
    return "<eb:MessageInfo><eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp><eb:MessageId>" + id +
           "</eb:MessageId>" + reference + "</eb:MessageInfo>";
}

// The non-repudiation information of what was sent.
inline std::string non_repudiation(const as4::Sealed& sent)
{
    std::string text = "<ebbpsig:NonRepudiationInformation>";
    for (const auto& each : sent.references)
        text += "<ebbpsig:MessagePartNRInformation><ds:Reference URI=\"" + each.uri +
                "\"><ds:DigestMethod Algorithm=\"" + each.digest_method + "\"/><ds:DigestValue>" +
                base::base64(each.digest) +
                "</ds:DigestValue></ds:Reference></ebbpsig:MessagePartNRInformation>";
    return text + "</ebbpsig:NonRepudiationInformation>";
}

inline std::string receipt(const as4::Sealed& sent, const std::string& beside = "")
{
    return "<eb:Receipt>" + non_repudiation(sent) + beside + "</eb:Receipt>";
}

inline std::string error(
    const std::string& severity, const std::string& code = "EBMS:0004",
    const std::string& attributes = "", const std::string& inside = ""
)
{
    return "<eb:Error errorCode=\"" + code + "\" severity=\"" + severity + "\" " + attributes +
           ">" + inside + "</eb:Error>";
}

inline std::string signal(const std::string& inside)
{
    return "<eb:SignalMessage>" + inside + "</eb:SignalMessage>";
}

inline std::string
signal_about(const std::string& about, const std::string& inside, const std::string& id = "s@b")
{
    return signal(message_info(id, about) + inside);
}

// eb:Messaging around that text, in canonical form.
inline base::Bytes messaging(
    const std::string& inside, const std::string& attributes = "",
    const std::string& id = "messaging"
)
{
    const auto text = "<eb:Messaging xmlns:eb=\"" + std::string(wss::uri::eb) + "\" xmlns:S12=\"" +
                      std::string(wss::uri::soap12) + "\" xmlns:wsu=\"" +
                      std::string(wss::uri::wsu) + "\" xmlns:ds=\"" + std::string(wss::uri::ds) +
                      "\" xmlns:ebbpsig=\"http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0\" "
                      "xmlns:o=\"urn:other\" wsu:Id=\"" +
                      id + "\" " + attributes + ">" + inside + "</eb:Messaging>";
    return xml::canonical(xml::Document::parse(text).value().root()).value();
}

// A SOAP message with that text in eb:Messaging, signed.
inline base::Bytes signed_signals(
    const std::string& inside, const crypto::Signer& signer, const std::string& attributes = "",
    const std::vector<wss::PartDigest>& attachments = {}
)
{
    return wss::sign({messaging(inside, attributes), "messaging", attachments}, signer)
        .value()
        .soap;
}

// The SOAP message with a header block more, which nobody signed.
enum class Place { first, last };
inline base::Bytes with_block(base::Bytes soap, const std::string& block, Place place)
{
    const auto at =
        place == Place::first ? soap.find("<S12:Header>") + 12 : soap.find("</S12:Header>");
    return soap.insert(at, block);
}

} // namespace support
