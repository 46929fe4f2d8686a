// SPDX-License-Identifier: Apache-2.0
// A complete UserMessage as values and as text, and readings of changed texts.
#pragma once

#include "ebms/message.hpp"
#include "xml/canonical.hpp"

#include <stdexcept>
#include <string>

inline const std::string eb_namespace =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";

inline ebms::UserMessage sample_message()
{
    ebms::UserMessage message;
    message.mpc = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC";
    message.info = {
        *base::parse_time("2026-11-22T01:02:03.004Z"), "m1@kurir.example", "m0@kurir.example"
    };
    message.from = {{"AP0040-SDK-QA", "urn:party"}, "urn:initiator"};
    message.to = {{"AP0045-SDK-QA", "urn:party"}, "urn:responder"};
    message.agreement = ebms::AgreementRef{"A1", "urn:agreement", "p1"};
    message.service = {"bdx:noprocess", "urn:process"};
    message.action = "busdox-docid-qns::a&b<c>::x";
    message.conversation_id = "c1";
    message.properties = {
        {"originalSender", "0203:a.example", "iso6523-actorid-upis"},
        {"finalRecipient", "0203:b.example", ""}
    };
    message.parts = {
        {"cid:message", {{"MimeType", "text/xml", ""}, {"CompressionType", "application/gzip", ""}}
        },
        {"cid:second", {}}
    };
    return message;
}

inline std::string messaging(const std::string& inside)
{
    return "<eb:Messaging xmlns:eb=\"" + eb_namespace + "\">" + inside + "</eb:Messaging>";
}

inline const std::string message_info_text =
    "<eb:MessageInfo><eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp><eb:MessageId>m1@x</"
    "eb:MessageId></eb:MessageInfo>";

inline const std::string user_message_text =
    "<eb:UserMessage>" + message_info_text +
    "<eb:PartyInfo><eb:From><eb:PartyId type=\"t\">a</eb:PartyId><eb:Role>r1</eb:Role></eb:From>"
    "<eb:To><eb:PartyId>urn:b</eb:PartyId><eb:Role>r2</eb:Role></eb:To></eb:PartyInfo>"
    "<eb:CollaborationInfo><eb:AgreementRef>urn:g</eb:AgreementRef><eb:Service>urn:s</"
    "eb:Service><eb:Action>act</eb:Action>"
    "<eb:ConversationId>c</eb:ConversationId></eb:CollaborationInfo>"
    "<eb:MessageProperties><eb:Property name=\"p\">1</eb:Property></eb:MessageProperties>"
    "<eb:PayloadInfo><eb:PartInfo href=\"cid:m\"><eb:PartProperties><eb:Property "
    "name=\"q\">2</eb:Property></eb:PartProperties>"
    "</eb:PartInfo></eb:PayloadInfo></eb:UserMessage>";

// The text with `old` (which must be in it) replaced.
inline std::string changed(std::string text, const std::string& old, const std::string& with)
{
    const std::size_t at = text.find(old);
    if (at == std::string::npos) throw std::logic_error("not in the sample: " + old);
    return text.replace(at, old.size(), with);
}

inline boost::system::error_code error_of(const std::string& text)
{
    const auto document = xml::Document::parse(text);
    if (!document) throw std::logic_error("not XML: " + text);
    const auto message = ebms::read(document->root());
    return message ? boost::system::error_code() : message.error().code;
}

// The error of the sample UserMessage with this change.
inline boost::system::error_code error_with(const std::string& old, const std::string& with)
{
    return error_of(messaging(changed(user_message_text, old, with)));
}
