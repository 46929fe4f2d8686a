// SPDX-License-Identifier: Apache-2.0
// Signals: the receipt we give, the error we answer, and what a peer's answer proves.
#pragma once

#include "as4/pack.hpp"
#include "as4/unpack.hpp"

#include <memory>
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

// What a peer's signals say about one message of ours.
struct ReceiptProof {
    std::string message_id; // of the receipt; empty if the peer gave no usable one
    crypto::Certificate signer;
    base::Bytes soap; // the SOAP message as received: evidence, with all that is in it
    std::vector<ebms::Error> errors{}; // about the same message, under the same signature
    std::string other_content{};       // of the SOAP message, by name, for logs and people
    bool has_user_message = false;     // the peer signed a UserMessage with it, which is not taken
    // Which signed form it is for, by Created of its Timestamp; nothing if there is one form only.
    std::optional<base::Time> form_created{};
};
struct PeerError {
    std::vector<ebms::Error> errors; // at least one
    bool authentic = false;      // signed by the peer; an unsigned one never ends a message's life
    std::string other_content{}; // as above
};
using Answer = std::variant<ReceiptProof, PeerError>;

// A SOAP message that holds signals, in an HTTP answer or in a request of its own; read, not yet
// proven. Each SignalMessage is judged alone, under the one signature of the SOAP message.
class ReceivedSignals {
public:
    // errc::answer_unreadable: no SOAP with eb:Messaging. [EBMS 6.6] A SOAP Fault beside eb:Error
    // is accepted; one alone is answer_unreadable, with its reason.
    static base::Result<ReceivedSignals> read(base::Bytes soap);
    // The same of an HTTP answer, whatever its status. errc::answer_empty without a body.
    static base::Result<ReceivedSignals>
    read_answer(std::string_view content_type, base::BytesView body);
    ReceivedSignals(ReceivedSignals&&) noexcept;
    ~ReceivedSignals();

    // Returns one claim for each message that the signals name, and one without a subject for all
    // signals that name no message. Claims with a receipt come first, so that a caller with a limit
    // leaves out errors before proofs. Within each kind, claims are in document order.
    struct Claim {
        enum class Kind { receipt, error };
        Kind kind = Kind::receipt; // receipt: at least one of the signals is one
        std::string message_id;    // of the first signal of that kind
        std::string subject;       // MessageId of the message; "" if no message is named
    };
    std::vector<Claim> claims() const;

    // What the signals prove about the message that was sent.
    // [AS4 5.1.8] A receipt is a proof if the signature is right, the signer is that peer, the
    // receipt is the only one that names the message, and it repeats each ds:Reference of our
    // signature by meaning (URI, method, digest; in any order, none missing, none more), or of one
    // of its earlier signed forms. What else its wsse:Security has does not matter; a signed
    // wsu:Timestamp that is not fresh is only logged. A proof wins over everything beside it.
    // An error is authentic only if it was signed so and names this message alone. Where a receipt
    // names the message and is no proof, errors beside it decide nothing: the peer says two things.
    // errc::answer_unreadable: neither receipt nor error; receipt_*.
    // The signature is verified once for each peer, however many messages are asked about.
    base::Result<Answer> judge(
        const Sealed& sent, const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
    );

private:
    struct State;
    explicit ReceivedSignals(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Both in one, for one message.
base::Result<Answer> read_signal(
    base::BytesView soap, const Sealed& sent, const pmode::Peer& peer,
    const crypto::TrustStore& trust, base::Time now
);
// The same of an HTTP answer.
base::Result<Answer> read_answer(
    std::string_view content_type, base::BytesView body, const Sealed& sent,
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now
);

} // namespace as4
