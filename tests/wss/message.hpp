// SPDX-License-Identifier: Apache-2.0
// Signed envelopes to attack, and the whole way from octets to a verified header.
#pragma once

#include "support/authority.hpp"
#include "wss/signature.hpp"

#include <string>
#include <vector>

namespace message {

inline constexpr const char* messaging_id = "_messaging";

std::string messaging(
    const std::string& content = "<eb:UserMessage><eb:MessageInfo><eb:MessageId>1@test</"
                                 "eb:MessageId></eb:MessageInfo></eb:UserMessage>"
);
const support::Identity& alice(); // signs
const support::Identity& bob();   // is encrypted for

// Signed by alice; two attachments, "message" and "attachment".
wss::SignedEnvelope envelope(wss::TokenReference token = wss::TokenReference::bst_x509v3);
std::string signed_soap();
// The same with a signed wsu:Timestamp.
inline constexpr const char* timestamp_id = "TS-1";
wss::SignedEnvelope timestamped(const std::string& content = messaging());

// The n-th octets of `from` replaced (all of them if it occurs more often); fails the test if there
// are none.
std::string replaced(std::string soap, const std::string& from, const std::string& to);
std::string first_replaced(std::string soap, const std::string& from, const std::string& to);
// Digests of all "#id" references and the signature value made anew: what an attacker with a valid
// certificate can do.
std::string re_signed(std::string soap, const support::Identity& signer = alice());

// Parse, locate, read, find the certificate among alice's and bob's, verify.
base::Result<wss::SignedParts> verify(const std::string& soap, const wss::Algorithms& allowed = {});
// The same for a signal.
base::Result<wss::SignedParts> verify_signal(const std::string& soap);
// The error of verify(); fails the test if there is none.
boost::system::error_code refusal(const std::string& soap, const wss::Algorithms& allowed = {});

boost::system::error_code refusal_of_signal(const std::string& soap);

} // namespace message
