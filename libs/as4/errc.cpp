// SPDX-License-Identifier: Apache-2.0
// The texts of as4's errors.
#include "as4/errc.hpp"

namespace as4 {

const char* text(errc code)
{
    switch (code) {
    case errc::not_a_user_message:
        return "a signal where a UserMessage belongs";
    case errc::part_mismatch:
        return "MIME parts and PartInfo do not match";
    case errc::not_authorised:
        return "the message is signed by another party than it names";
    case errc::part_digest:
        return "an attachment's digest is not the signed one";
    case errc::not_encrypted:
        return "a part that must be encrypted is not";
    case errc::decompression:
        return "gzip broken or over its limits";
    case errc::too_large:
        return "a part is over the size limit";
    case errc::too_early:
        return "too much before the SOAP part";
    case errc::bad_part_property:
        return "part properties that cannot be used";
    case errc::not_served:
        return "the final recipient is not served here";
    case errc::conflicting_repeat:
        return "a MessageId seen before with other content";
    case errc::untimely:
        return "eb:Timestamp is too old or too far ahead";
    case errc::no_timestamp:
        return "a signed wsu:Timestamp is required";
    case errc::timestamp_expired:
        return "the signed wsu:Timestamp is too old";
    case errc::timestamp_ahead:
        return "the signed wsu:Timestamp is ahead of our clock";
    case errc::only_signals:
        return "no UserMessage is taken now";
    case errc::answer_empty:
        return "the HTTP answer has no body";
    case errc::answer_unreadable:
        return "the answer is no ebMS signal";
    case errc::receipt_unsigned:
        return "the receipt is not signed";
    case errc::receipt_signer:
        return "the receipt is signed by another party";
    case errc::receipt_signature:
        return "the receipt's signature is wrong";
    case errc::receipt_reference:
        return "the receipt is not for what was sent";
    case errc::receipt_ambiguous:
        return "several receipts name the message, and exactly one may";
    case errc::unknown_subject:
        return "a signal about a message that was not sent";
    case errc::form_differs:
        return "signed again, the message would differ in more than its wsu:Timestamp";
    case errc::too_many_forms:
        return "the message was signed too often to be sent again; a receipt for what was sent is "
               "still taken";
    case errc::signer_untrusted:
        return "the message's signer is not trusted here";
    case errc::signer_untimely:
        return "the certificate of the message's signer is expired or not yet valid";
    case errc::signer_unfit:
        return "the certificate of the message's signer is not fit for signatures";
    case errc::receipt_signer_untrusted:
        return "the receipt's signer is not trusted here";
    case errc::receipt_signer_untimely:
        return "the certificate of the receipt's signer is expired or not yet valid";
    case errc::receipt_signer_unfit:
        return "the certificate of the receipt's signer is not fit for signatures";
    }
    return "unknown";
}

} // namespace as4
