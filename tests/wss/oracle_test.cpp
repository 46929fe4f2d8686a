// SPDX-License-Identifier: Apache-2.0
// What we sign, verified by xmlsec1, which shares no code of ours. It cannot resolve cid: URIs, so
// the envelopes here have no attachments, as receipts have none.
#include "crypto/digest.hpp"
#include "support/temporary_folder.hpp"
#include "wss/message.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

namespace {

bool xmlsec_verifies(const std::string& soap)
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "soap.xml";
    std::ofstream(file, std::ios::binary) << soap;
    const std::string command =
        "xmlsec1 --verify --pubkey-cert-pem '" + message::alice().certificate_file.string() +
        "' --id-attr:Id '" + std::string(wss::uri::eb) + ":Messaging' --id-attr:Id '" +
        std::string(wss::uri::soap12) + ":Body' --id-attr:Id '" + std::string(wss::uri::wsu) +
        ":Timestamp' '" + file.string() + "' >'" + (folder.path() / "out").string() + "' 2>&1";
    return std::system(command.c_str()) == 0;
}

std::string signed_without_attachments(
    const std::string& messaging, wss::TokenReference token = wss::TokenReference::bst_x509v3
)
{
    const auto signer =
        crypto::Signer::from_files(message::alice().key_file, message::alice().chain_file);
    REQUIRE(signer);
    const auto envelope = wss::sign({messaging, message::messaging_id, {}, token}, *signer);
    REQUIRE(envelope);
    return envelope->soap;
}

} // namespace

TEST_CASE("xmlsec1 verifies what we sign, with each token reference", "[wss][AS4 5.1.4]")
{
    for (const auto token :
         {wss::TokenReference::bst_x509v3, wss::TokenReference::bst_pkipath,
          wss::TokenReference::subject_key_identifier, wss::TokenReference::issuer_serial}) {
        const std::string soap = signed_without_attachments(message::messaging(), token);
        CHECK(xmlsec_verifies(soap));
        CHECK(message::verify(soap));
        CHECK_FALSE(xmlsec_verifies(message::replaced(soap, "1@test", "2@test"))
        ); // the oracle can say no
    }
}

TEST_CASE("xmlsec1 verifies a signed Timestamp", "[wss][WSS 10]")
{
    const auto soap =
        message::timestamped(message::messaging("<eb:SignalMessage></eb:SignalMessage>")).soap;
    CHECK(xmlsec_verifies(soap));
    CHECK(message::verify_signal(soap).value().timestamp);
    CHECK_FALSE(xmlsec_verifies(message::replaced(soap, "01:05:00", "01:06:00")));
}

TEST_CASE(
    "xmlsec1 verifies a receipt that holds references in their canonical form", "[wss][AS4 5.1.8]"
)
{
    std::string parts;
    for (const wss::Reference& reference : message::envelope().references) {
        parts +=
            "<ebbp:MessagePartNRInformation>" + reference.xml + "</ebbp:MessagePartNRInformation>";
    }
    const std::string receipt =
        "<eb:SignalMessage><eb:Receipt><ebbp:NonRepudiationInformation "
        "xmlns:ebbp=\"http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0\">" +
        parts + "</ebbp:NonRepudiationInformation></eb:Receipt></eb:SignalMessage>";
    const std::string soap = signed_without_attachments(message::messaging(receipt));
    CHECK(xmlsec_verifies(soap));
    CHECK(message::verify(soap));
}

TEST_CASE("Whatever is signed stands in the envelope as it was hashed", "[wss][AS4 5.1.4]")
{
    const wss::SignedEnvelope envelope = message::envelope();
    CHECK(envelope.soap.starts_with("<S12:Envelope"));
    const auto document = xml::Document::parse(envelope.soap);
    REQUIRE(document);
    const auto places = wss::locate(*document);
    REQUIRE(places);
    REQUIRE(places->security);
    const auto header = wss::read_security(*document, *places->security, {});
    REQUIRE(header);
    REQUIRE(header->signature);
    const auto signed_info = xml::canonical(header->signature->signed_info);
    REQUIRE(signed_info);
    CHECK(envelope.soap.find(*signed_info) != std::string::npos);
    CHECK(envelope.signed_info_digest == crypto::sha256(*signed_info));
    CHECK(xml::canonical(places->messaging).value() == message::messaging());
    CHECK(envelope.soap.find(xml::canonical(places->body).value()) != std::string::npos);
    REQUIRE(header->signature->references.size() == envelope.references.size());
    for (std::size_t i = 0; i < envelope.references.size(); ++i) {
        CHECK(header->signature->references[i].xml == envelope.references[i].xml);
        CHECK(header->signature->references[i].uri == envelope.references[i].uri);
        CHECK(header->signature->references[i].digest == envelope.references[i].digest);
    }
}

TEST_CASE("A signature does not depend on the encoding of its envelope", "[wss][C14N 2.1]")
{
    const auto declared = [](const std::string& encoding) {
        return "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>\n";
    };
    const auto utf16 = [](const std::string& latin, bool big_endian) {
        std::string out = big_endian ? "\xFE\xFF" : "\xFF\xFE";
        for (const char c : latin)
            out += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
        return out;
    };
    // With a letter that each encoding writes otherwise: what is hashed has it in UTF-8.
    const std::string utf8 = signed_without_attachments(
        message::messaging("<eb:UserMessage>h\xC3\xA4lsning</eb:UserMessage>")
    );
    const std::string letter = "\xC3\xA4";
    const std::string latin = message::replaced(utf8, letter, "\xE4");
    const std::string ascii = message::replaced(utf8, letter, "&#228;");
    const std::vector<std::string> envelopes{
        utf8,
        declared("UTF-8") + utf8,
        declared("ASCII") + ascii,
        declared("US-ASCII") + ascii,
        declared("ISO-8859-1") + latin,
        utf16(latin, false),
        utf16(declared("UTF-16") + latin, true)
    };
    for (const auto& soap : envelopes) {
        CHECK(xmlsec_verifies(soap));
        CHECK(message::verify(soap));
    }
    const auto other = message::replaced(declared("latin1") + latin, "\xE4", "\xE5");
    CHECK_FALSE(xmlsec_verifies(other));
    CHECK(message::refusal(other) == wss::errc::bad_digest);
    CHECK(message::refusal(declared("ASCII") + latin) == xml::errc::wrong_encoding);
}
