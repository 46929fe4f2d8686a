// SPDX-License-Identifier: Apache-2.0
// Signals: our receipts, our error signals, and the proof in a peer's signals.
#pragma once

#include "as4/pack.hpp"
#include "as4/unpack.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace as4 {

// A signed non-repudiation receipt for one message, as a SOAP envelope [AS4 5.1.8].
struct MadeReceipt {
    std::string message_id;
    base::Bytes soap;
};
base::Result<MadeReceipt>
make_receipt(const Verified& verified, const crypto::Signer& signer, base::Time now);

// The answer to a message that was refused: HTTP status, EBMS code and who must act (design 5.6).
// error_answer() is the only mapping from our errors to EBMS errors.
struct ErrorAnswer {
    int http_status = 200;               // 413: over the size limit; 503: not now, retry later
    std::optional<ebms::ErrorCode> code; // empty for 503
    std::string detail; // eb:ErrorDetail for the peer: a fixed text per situation, no internals
    std::string act;    // for our log: who must act, and how
};
ErrorAnswer error_answer(const base::Error& error);
// Returns the error signal as a signed SOAP envelope. `token` is the token form agreed with the
// peer. The default sends the whole certificate, for a sender without a known P-Mode.
base::Result<base::Bytes> make_error_signal(
    const ErrorAnswer& answer, std::string_view ref_to_message_id, const crypto::Signer& signer,
    base::Time now, wss::TokenReference token = wss::TokenReference::bst_x509v3
);
// Returns the error signal without a signature, for an unknown sender. A stranger must not cost us
// an RSA operation, and must not get a signed statement about a message that the stranger only
// names.
base::Bytes make_unsigned_error_signal(
    const ErrorAnswer& answer, std::string_view ref_to_message_id, base::Time now
);

// A receipt that proves the delivery of one message of ours, and the content beside the receipt.
struct ReceiptProof {
    std::string message_id; // of the receipt; empty if missing or unusable
    crypto::Certificate signer;
    base::Bytes soap;                  // the whole SOAP message as received: evidence
    std::vector<ebms::Error> errors{}; // about the same message, under the same signature
    std::string other_content{};       // names of the remaining content, for logs and people
    bool has_user_message = false;     // a signed UserMessage beside the receipt; ignored
    // Created of the Timestamp in the signed form that the receipt is for. Empty if the message has
    // no Timestamp.
    std::optional<base::Time> form_created{};
};
struct PeerError {
    std::vector<ebms::Error> errors; // at least one
    bool authentic = false;          // signed by the peer; otherwise it never ends a message
    std::string other_content{};     // as in ReceiptProof
};
using Answer = std::variant<ReceiptProof, PeerError>;

// A SOAP message with signals, from an HTTP answer or from a separate request. The message is read,
// but its signature is not yet verified. Each SignalMessage is judged alone, under the one
// signature of the SOAP message.
class ReceivedSignals {
public:
    // errc::answer_unreadable: no SOAP with eb:Messaging. [EBMS 6.6] A SOAP Fault beside eb:Error
    // is accepted. A SOAP Fault alone is answer_unreadable, with the Fault's reason as detail.
    static base::Result<ReceivedSignals> read(base::Bytes soap);
    // Reads the body of an HTTP answer, whatever its status. errc::answer_empty: no body. Otherwise
    // the errors of read().
    static base::Result<ReceivedSignals>
    read_answer(std::string_view content_type, base::BytesView body);
    ReceivedSignals(ReceivedSignals&&) noexcept;
    ~ReceivedSignals();

    // Returns one claim for each message that the signals name, and one without a subject for all
    // signals that name no message. Claims with a receipt come first, so that a caller with a limit
    // leaves out errors before proofs. Within each kind, claims are in document order.
    struct Claim {
        enum class Kind { receipt, error };
        Kind kind = Kind::receipt; // receipt: at least one of the signals is a receipt
        std::string message_id;    // of the first signal of that kind
        std::string subject;       // MessageId of the message; "" if no message is named
    };
    std::vector<Claim> claims() const;

    // Returns what the signals prove about the message `sent`.
    // [AS4 5.1.8] A receipt is a proof if the signature is valid, the signer is that peer, no other
    // receipt names the message, and the receipt repeats our references. These are the ds:Reference
    // elements of our signature, or of one earlier signed form. They are compared by meaning (URI,
    // method, digest), in any order, none missing and none added. Other content of the receipt's
    // wsse:Security does not matter. A signed wsu:Timestamp that is not fresh is only logged. A
    // proof takes precedence over all other content of the SOAP message.
    // An error is authentic only if the signature and the signer are valid and the error names this
    // message alone. If a receipt names the message but is no proof, errors beside the receipt
    // decide nothing, because the peer contradicts itself.
    // errc::answer_unreadable: neither receipt nor error. receipt_*: the signals prove nothing.
    // The signature is verified once for each peer, however many messages the caller asks about.
    base::Result<Answer> judge(
        const Sealed& sent, const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
    );

private:
    struct State;
    explicit ReceivedSignals(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Reads the SOAP message and judges it for one message of ours.
base::Result<Answer> read_signal(
    base::BytesView soap, const Sealed& sent, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
);
// Does the same for the body of an HTTP answer.
base::Result<Answer> read_answer(
    std::string_view content_type, base::BytesView body, const Sealed& sent,
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
);

} // namespace as4
