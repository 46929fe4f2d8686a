// SPDX-License-Identifier: Apache-2.0
// An XHE 1.0 document with these routing values.
#pragma once

#include <string>

namespace support {

inline std::string
xhe(const std::string& id, const std::string& from, const std::string& to,
    const std::string& content = "<a/>")
{
    const auto criterion = [](const std::string& type, const std::string& value) {
        return "<a:BusinessScopeCriterion><b:BusinessScopeCriterionTypeCode>" + type +
               "</b:BusinessScopeCriterionTypeCode><b:BusinessScopeCriterionValue>" + value +
               "</b:BusinessScopeCriterionValue></a:BusinessScopeCriterion>";
    };
    const auto party = [](const std::string& element, const std::string& participant) {
        return "<a:" + element +
               "><a:PartyIdentification><b:ID schemeID=\"iso6523-actorid-upis\">" + participant +
               "</b:ID></a:PartyIdentification></a:" + element + ">";
    };
    return "<x:XHE xmlns:x=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope\""
           " xmlns:a=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents\""
           " xmlns:b=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents\">"
           "<b:XHEVersionID>1.0</"
           "b:XHEVersionID><b:CustomizationID>urn:fdc:digg.se:edelivery:xhe:1</b:CustomizationID>"
           "<a:Header><b:ID>" +
           id +
           "</b:ID><b:CreationDateTime>2026-01-01T00:00:00Z</b:CreationDateTime><a:BusinessScope>" +
           criterion(
               "DOCUMENTID", "urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
                             "messagePayload##3.0::tm-base-ext-sigenc"
           ) +
           criterion("DOCUMENTID_SCHEME", "busdox-docid-qns") +
           criterion("PROCESSID", "bdx:noprocess") +
           criterion("PROCESSID_SCHEME", "urn:fdc:digg.se:edelivery:process") +
           criterion("FEDERATIONID", "urn:fdc:digg.se:edelivery:federation:test") +
           "</a:BusinessScope>" + party("FromParty", from) + party("ToParty", to) +
           "</a:Header><a:Payloads><a:Payload><b:DocumentTypeCode>x</"
           "b:DocumentTypeCode><b:ContentTypeCode>application/xml</b:ContentTypeCode>"
           "<b:InstanceEncryptionIndicator>true</b:InstanceEncryptionIndicator><a:PayloadContent>" +
           content + "</a:PayloadContent></a:Payload></a:Payloads></x:XHE>";
}

} // namespace support
