// SPDX-License-Identifier: Apache-2.0
// Messages that other products made: whole exchanges by phase4 with their keys, receipts from the
// Peppol network, and samples of Holodeck and AS4.NET.
#include "crypto/digest.hpp"
#include "crypto/gcm.hpp"
#include "support/shared_data.hpp"
#include "support/temporary_folder.hpp"
#include "wss/encryption.hpp"
#include "wss/message.hpp"

#include <catch2/catch.hpp>

namespace {

namespace fs = std::filesystem;

struct Recorded {
    std::string soap;
    std::map<std::string, std::string> attachments; // by Content-ID
};

std::string after(const std::string& text, const std::string& mark, std::size_t from = 0)
{
    const std::size_t at = text.find(mark, from);
    return at == std::string::npos ? std::string() : text.substr(at + mark.size());
}

// A recorded HTTP message: a head, an empty line, and the envelope or a multipart with it in front.
Recorded recorded(const base::Path& file)
{
    const std::string all = support::file_octets(file);
    const std::string line_end = all[all.find('\n') - 1] == '\r' ? "\r\n" : "\n";
    const std::string body = after(all, line_end + line_end);
    const std::string boundary = after(all.substr(0, all.size() - body.size()), "boundary=\"");
    if (boundary.empty()) return {body, {}};
    const std::string delimiter = "\r\n--" + boundary.substr(0, boundary.find('"'));
    Recorded out;
    for (std::size_t at = body.find(delimiter);
         body.compare(at + delimiter.size(), 2, "--") != 0;) {
        const std::size_t next = body.find(delimiter, at + 1);
        REQUIRE(next != std::string::npos);
        const std::string part = body.substr(at + delimiter.size(), next - at - delimiter.size());
        const std::string id = after(part.substr(0, part.find("\r\n\r\n")), "Content-ID: <");
        const std::string content = after(part, "\r\n\r\n");
        if (out.soap.empty())
            out.soap = content;
        else
            out.attachments[id.substr(0, id.find('>'))] = content;
        at = next;
    }
    return out;
}

struct Verified {
    wss::SignedParts parts;
    std::optional<wss::Encryption> encryption;
    crypto::Certificate signer;
};

base::Result<Verified> verify(
    const std::string& soap, const std::vector<crypto::Certificate>& known,
    const wss::Algorithms& allowed = {}
)
{
    const auto document = xml::Document::parse(soap);
    if (!document) return document.error();
    const auto places = wss::locate(*document);
    if (!places) return places.error();
    if (!places->security) return base::Error(wss::errc::not_signed);
    const auto header = wss::read_security(*document, *places->security, allowed);
    if (!header) return header.error();
    if (!header->signature) return base::Error(wss::errc::not_signed);
    auto proof = wss::verify_header(*document, *places, *header->signature, known, base::Time());
    if (!proof) return proof.error();
    return Verified{std::move(proof->parts), header->encryption, proof->signer};
}

// The keys of the recordings, copied so that they are nobody else's to read.
crypto::Signer recorded_signer(const base::Path& keys, const std::string& name)
{
    const support::TemporaryFolder folder;
    const base::Path key = folder.path() / "key.pem";
    fs::copy_file(keys / (name + ".test-only.key.pem"), key);
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
    auto signer = crypto::Signer::from_files(key, keys / (name + ".cert.pem"));
    REQUIRE(signer);
    return *std::move(signer);
}

std::string decrypted(const crypto::Secret& key, const std::string& wire)
{
    crypto::GcmDecryptor decryptor(key);
    std::string plain;
    decryptor.update(wire, plain);
    REQUIRE(decryptor.finish());
    return plain;
}

std::string envelope_in(const std::string& all)
{
    const std::size_t name = all.find(":Envelope");
    const std::size_t start = name == std::string::npos ? name : all.rfind('<', name);
    const std::size_t stop = all.rfind(":Envelope>");
    if (start == std::string::npos || stop == std::string::npos || stop < start) return {};
    return all.substr(start, stop + 10 - start);
}

// Older messages than the profile.
wss::Algorithms lenient_algorithms()
{
    using crypto::Hash;
    const std::string mgf1p = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    wss::Algorithms algorithms;
    for (const Hash digest : {Hash::sha1, Hash::sha256}) {
        algorithms.key_transport.push_back({mgf1p, {digest, Hash::sha1}});
        algorithms.key_transport.push_back({std::string(wss::uri::rsa_oaep), {digest, Hash::sha1}});
    }
    return algorithms;
}

struct Exchange {
    const char* folder;
    const char* bits;
    wss::TokenReference signature_token;
    std::size_t attachments;
};

} // namespace

TEST_CASE(
    "The recorded exchanges of phase4 verify, decrypt and have the digests that were signed",
    "[wss][recorded]"
)
{
    const auto shared = support::shared_data("recorded exchanges of phase4");
    if (!shared) return;
    const base::Path vectors = *shared / "interop/phase4/vectors";
    using wss::TokenReference;
    for (const Exchange& one :
         {Exchange{"sdk-two-parts-2048", "2048", TokenReference::bst_x509v3, 2},
          Exchange{"pkipath-3072", "3072", TokenReference::bst_pkipath, 1},
          Exchange{"plain-parts-ski-3072", "3072", TokenReference::subject_key_identifier, 2},
          Exchange{"ping-issuer-serial-2048", "2048", TokenReference::issuer_serial, 0}}) {
        INFO(one.folder);
        const crypto::Signer alice =
            recorded_signer(vectors / "keys", std::string("alice") + one.bits);
        const crypto::Signer bob = recorded_signer(vectors / "keys", std::string("bob") + one.bits);
        const std::vector<crypto::Certificate> known{bob.certificate(), alice.certificate()};
        wss::Algorithms allowed;
        allowed.signature_token = {one.signature_token};
        const Recorded request = recorded(vectors / one.folder / "request.http");
        const auto verified = verify(request.soap, known, allowed);
        if (!verified) FAIL(verified.error().text());
        CHECK(verified->signer == alice.certificate());
        CHECK(verified->parts.attachments.size() == one.attachments);
        CHECK(request.attachments.size() == one.attachments);

        REQUIRE(verified->encryption.has_value() == (one.attachments > 0));
        if (verified->encryption) {
            const auto key = wss::unwrap_key(*verified->encryption, bob);
            REQUIRE(key);
            REQUIRE(verified->encryption->parts.size() == one.attachments);
            for (const wss::EncryptedPart& part : verified->encryption->parts) {
                const auto hashed = wss::content_transform(
                    decrypted(*key, request.attachments.at(part.content_id)), part.mime_type
                );
                REQUIRE(hashed);
                CHECK(
                    crypto::sha256(*hashed) ==
                    verified->parts.attachments.at(part.content_id).digest
                );
            }
            CHECK(wss::unwrap_key(*verified->encryption, alice).error().code == wss::errc::policy);
        }
        allowed.signature_token.push_back(TokenReference::bst_x509v3
        ); // what bob answers with to a path
        const auto answer =
            verify(recorded(vectors / one.folder / "response.http").soap, known, allowed);
        if (!answer) FAIL(answer.error().text());
        CHECK(answer->signer == bob.certificate());
        CHECK(answer->parts.attachments.empty());
    }
}

TEST_CASE(
    "phase4's message with AES-CBC is refused by policy, and its error answer verifies",
    "[wss][recorded][attack 13]"
)
{
    const auto shared = support::shared_data("recorded refusal of phase4");
    if (!shared) return;
    const base::Path vectors = *shared / "interop/phase4/vectors";
    const auto bob =
        crypto::Certificate::from_pem(support::file_octets(vectors / "keys/bob2048.cert.pem"));
    REQUIRE(bob);
    const auto request =
        verify(recorded(vectors / "refused-aes128-cbc-2048/request.http").soap, {});
    REQUIRE_FALSE(request);
    CHECK(request.error().code == wss::errc::policy);
    const auto answer =
        verify(recorded(vectors / "refused-aes128-cbc-2048/response.http").soap, {*bob});
    if (!answer) FAIL(answer.error().text());
    CHECK(answer->signer == *bob);
}

TEST_CASE(
    "Of four receipts from the Peppol network three verify and one has a wrong digest",
    "[wss][recorded]"
)
{
    const auto shared = support::shared_data("receipts from the Peppol network");
    if (!shared) return;
    const base::Path receipts = *shared / "data/as4/messages/phase4/peppol-receipts";
    for (const char* name :
         {"helger.as4in", "governikus.as4in", "dataport1-mustunderstand.as4in"}) {
        INFO(name);
        const auto verified = verify(recorded(receipts / name).soap, {});
        if (!verified) FAIL(verified.error().text());
        CHECK(verified->parts.attachments.empty());
    }
    // its sender wrote another prefix before mustUnderstand than it had signed
    const auto failed = verify(recorded(receipts / "dataport1.as4in").soap, {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == wss::errc::bad_digest);
}

TEST_CASE("Messages of Holodeck, AS4.NET, Domibus and Harmony are read", "[wss][recorded]")
{
    const auto shared = support::shared_data("messages of other products");
    if (!shared) return;
    const wss::Algorithms lenient = lenient_algorithms();
    std::size_t envelopes = 0;
    std::size_t headers = 0;
    std::size_t verified = 0;
    for (const char* product : {"as4net", "domibus", "harmony", "as4-utils"}) {
        for (const auto& entry :
             fs::recursive_directory_iterator(*shared / "data/as4/messages" / product)) {
            if (!entry.is_regular_file()) continue;
            INFO(entry.path());
            const auto document =
                xml::Document::parse(envelope_in(support::file_octets(entry.path())));
            if (!document) continue; // templates and other things
            const auto places = wss::locate(*document);
            if (!places) continue;
            ++envelopes;
            if (!places->security) continue;
            const auto header = wss::read_security(*document, *places->security, lenient);
            if (!header) {
                UNSCOPED_INFO(header.error().text());
                CHECK(
                    (header.error().code == wss::errc::policy ||
                     header.error().code == wss::errc::malformed)
                );
                continue;
            }
            ++headers;
            if (!header->signature || header->signature->key.certificates.empty()) continue;
            const auto outcome = wss::verify_header(
                *document, *places, *header->signature, header->signature->key.certificates.front()
            );
            if (outcome)
                ++verified; // most are pretty-printed since they were signed, some are wrong on
                            // purpose
        }
    }
    CHECK(envelopes >= 70);
    CHECK(headers >= 35);
    CHECK(verified == 6);
}

TEST_CASE(
    "Domibus' token with line breaks is read, and its path labelled as a certificate is refused",
    "[wss][recorded]"
)
{
    const auto shared = support::shared_data("token forms of Domibus");
    if (!shared) return;
    const base::Path folder = *shared / "data/as4/messages/domibus";
    const auto code_of = [&](const char* name) {
        const auto outcome =
            verify(envelope_in(support::file_octets(folder / name)), {}, lenient_algorithms());
        REQUIRE_FALSE(outcome);
        UNSCOPED_INFO(outcome.error().text());
        return outcome.error().code;
    };
    CHECK(code_of("RawXMLMessageWithSpaces.xml") != wss::errc::malformed);
    CHECK(code_of("RawXMLMessageWithSpacesAndPkiPath.xml") == wss::errc::malformed);
}
