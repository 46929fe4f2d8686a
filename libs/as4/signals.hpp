// SPDX-License-Identifier: Apache-2.0
// Signals: the receipt we give, the error we answer, and what a peer's answer proves.
#pragma once

#include "as4/pack.hpp"
#include "as4/unpack.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace as4 {

// A signed non-repudiation receipt for exactly this message: a SOAP envelope [AS4 5.1.8].
struct MadeReceipt {
    std::string message_id;
    base::Bytes soap;
};
base::Result<MadeReceipt>
make_receipt(const Verified& verified, const crypto::Signer& signer, base::Time now);

// The answer to a message that was not accepted. HTTP status, EBMS code and who must act, from
// design 5.6: the only switch from our errors to theirs.
struct ErrorAnswer {
    int http_status = 200;               // 413 over the size limit, 503 when we cannot take it now
    std::optional<ebms::ErrorCode> code; // nothing for 503
    std::string detail; // eb:ErrorDetail for the peer: a fixed text per situation, never internals
    std::string act;    // for our log: who must act, and how
};
ErrorAnswer error_answer(const base::Error& error);
// The error signal as a SOAP envelope, signed; `token` is the form agreed with the peer, or a whole
// certificate for whom no P-Mode is known yet.
base::Result<base::Bytes> make_error_signal(
    const ErrorAnswer& answer, std::string_view ref_to_message_id, const crypto::Signer& signer,
    base::Time now, wss::TokenReference token = wss::TokenReference::bst_x509v3
);
// The same without a signature, for whom we do not know: a stranger costs us no RSA operation, and
// gets no statement signed by us about a message it only names.
base::Bytes make_unsigned_error_signal(
    const ErrorAnswer& answer, std::string_view ref_to_message_id, base::Time now
);

// What a peer's signal about our message says.
struct ReceiptProof {
    std::string message_id; // of the receipt
    crypto::Certificate signer;
    base::Bytes soap; // the receipt as received: evidence
};
struct PeerError {
    std::vector<ebms::Error> errors; // at least one
    bool authentic = false; // signed by the peer; an unsigned one never ends a message's life
};
using Answer = std::variant<ReceiptProof, PeerError>;

// [AS4 5.1.8] the receipt's signature is right, its signer is that peer, it refers to this message
// and repeats each ds:Reference of our signature by meaning (URI, method, digest; in any order,
// none missing, none more). errc::answer_unreadable, receipt_*. An error is authentic only if it
// was signed so and refers to this message. [EBMS 6.6] A SOAP Fault beside eb:Error is borne; one
// alone is answer_unreadable, with its reason. So is a bundle of several signals: a receipt beside
// an error would say two things.
base::Result<Answer> read_signal(
    base::BytesView soap, const Sealed& sent, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
);
// The same of an HTTP answer, whatever its status. errc::answer_empty without a body.
base::Result<Answer> read_answer(
    std::string_view content_type, base::BytesView body, const Sealed& sent,
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
);

// What a signal that came as a request of its own says it is, before anything of it is proven.
struct ClaimedSignal {
    enum class Kind { receipt, error };
    Kind kind = Kind::receipt;
    std::string message_id; // of the signal
    std::string subject;    // MessageId of the message it is about; "" if it does not say
};
base::Result<ClaimedSignal> claimed_signal(base::BytesView soap);

} // namespace as4
