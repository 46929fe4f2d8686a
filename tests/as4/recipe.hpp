// SPDX-License-Identifier: Apache-2.0
// A message put together by hand, with the wire's own tools and any wish for it to be wrong: what
// as4::seal and Wire would never write, but a hostile or mistaken peer may.
#pragma once

#include "support/exchange.hpp"

#include <functional>
#include <string>
#include <vector>

struct Recipe {
    struct Part {
        std::string content_id;
        std::string type = "application/octet-stream";
        base::Bytes octets; // before encryption
        bool encrypted = true;
    };

    ebms::UserMessage message;
    std::vector<wss::PartDigest> digests;      // what is signed
    std::vector<wss::EncryptedPart> encrypted; // what the encryption header names
    std::vector<Part> parts;                   // what is in the MIME body
    wss::KeyTransport transport{std::string(wss::uri::rsa_oaep), {}};
    wss::TokenReference signature_token = wss::TokenReference::bst_x509v3;
    std::optional<wss::NewTimestamp> timestamp; // signed
    const crypto::Signer* signer = nullptr;
    crypto::Certificate recipient;
    std::function<void(base::Bytes&)> before_signing = [](base::Bytes&) {
    }; // of the canonical eb:Messaging
    std::function<void(base::Bytes&)> after_signing = [](base::Bytes&) {}; // of the whole envelope
    std::function<void(base::Bytes&, std::size_t)> alter_wire_part = [](base::Bytes&, std::size_t) {
    };
    std::size_t soap_position = 0;                  // how many parts stand before the SOAP part
    bool name_start = true;                         // the start parameter
    std::string root_type = "application/soap+xml"; // of the SOAP part
    bool multipart = true;

    // A good message of one gzip part from A to B.
    explicit Recipe(const support::Exchange& exchange);
    // Adds one more good part.
    void
    add(const std::string& content_id, const base::Bytes& plain,
        const std::string& mime_type = "text/xml");
    support::HttpBody cook() const;
};

// A and B of the tests that need no terms of their own.
const support::Exchange& exchange();

// The EBMS code, or the HTTP status where there is none ("503") or it is not 200 ("413 EBMS:0004").
std::string told(const base::Error& error);

// What B tells of it: a code as above, or "accepted".
std::string refused(const support::HttpBody& body, const support::Exchange& both = exchange());
std::string refused(const Recipe& recipe, const support::Exchange& both = exchange());

void replace(base::Bytes& text, std::string_view what, std::string_view with);
std::function<void(base::Bytes&)> replacing(std::string what, std::string with);

// What is in the signed wsu:Timestamp of an envelope becomes `content`, and the signature is made
// anew.
void sign_timestamp(base::Bytes& soap, const std::string& content, const crypto::Signer& signer);
// An envelope with one ds:Reference more in its SignedInfo, signed anew.
base::Bytes sign_also(base::Bytes soap, const std::string& reference, const crypto::Signer& signer);

// What a Verified proves, as text: all of it but the octets of the envelope, some of which nobody
// signs.
std::string proven(const as4::Verified& verified);
