// SPDX-License-Identifier: Apache-2.0
// The catalogue of problems. Each entry has the HTTP status, the title, the side at fault, the
// seconds until a retry makes sense, and the action to take.
#include "api/problem.hpp"

namespace api {

namespace {

// Problems with a submitted message.
Problem of_document(errc code)
{
    switch (code) {
    case errc::not_well_formed:
        return {"not_well_formed", 400, "The document is not well-formed XML.",
                Fault::caller,     0,   "Mend the program that writes the document."};
    case errc::doctype:
        return {"doctype",     400, "The document has a document type declaration.",
                Fault::caller, 0,   "Leave out DOCTYPE; it is refused everywhere."};
    case errc::unsupported_encoding:
        return {
            "unsupported_encoding",
            422,
            "The document is in a character encoding that is not read here.",
            Fault::caller,
            0,
            "Write the document in UTF-8; the detail names its encoding and those that are read."
        };
    case errc::wrong_encoding:
        return {
            "wrong_encoding",
            400,
            "The octets of the document are not in the character encoding that it tells.",
            Fault::caller,
            0,
            "Declare the encoding in which the document is written; without a declaration it is "
            "UTF-8. The detail has the first octet that does not fit."
        };
    case errc::not_xhe:
        return {"not_xhe",     422, "The document is not an XHE 1.0 document.",
                Fault::caller, 0,   "Send an XHE envelope as the document element."};
    case errc::incomplete_document:
        return {"incomplete_document",
                422,
                "The document lacks a value that routing needs.",
                Fault::caller,
                0,
                "Fill in the value that the detail names, once and not empty."};
    case errc::wrong_value:
        return {"wrong_value", 422, "A value of the document is not the one the profile fixes.",
                Fault::caller, 0,   "Mend the value that the detail names."};
    case errc::text_too_large:
        return {
            "text_too_large",
            413,
            "An uncompressed text or XML payload is over its own limit.",
            Fault::caller,
            0,
            "Let the payload be compressed: text and XML that travel uncompressed are held whole "
            "to "
            "be signed, by both sides."
        };
    case errc::too_compressible:
        return {
            "too_compressible",
            422,
            "The payload compresses so well that the other access point would take it for a gzip "
            "bomb.",
            Fault::caller,
            0,
            "Send it uncompressed if its type is neither text nor XML, or in smaller messages; the "
            "limit known is this access point's own, and the peer's may be lower."
        };
    case errc::not_your_participant:
        return {
            "not_your_participant",
            403,
            "This client may not submit for this sender.",
            Fault::caller,
            0,
            "Submit as the client of that participant, or let the operator add it to this client's "
            "participants."
        };
    case errc::sender_not_served:
        return {
            "sender_not_served",
            422,
            "The sender is no participant of this access point.",
            Fault::caller,
            0,
            "Use a sender that this access point serves, or let the operator add a "
            "[[participant]]."
        };
    case errc::no_route:
        return {
            "no_route",
            422,
            "No peer is known that serves the recipient or has this name.",
            Fault::caller,
            0,
            "Check the recipient or the peer's name; if it is right, let the operator add it to a "
            "[[peer]]."
        };
    case errc::not_agreed:
        return {
            "not_agreed",
            422,
            "The message is not what is agreed with the recipient's access point.",
            Fault::caller,
            0,
            "Check the value that the detail names, in an XHE document its document and process "
            "identifiers; if it is right, tell the operator, who sets the P-Mode."
        };
    default:
        return {
            "conflict",
            409,
            "The same id or idempotency key was submitted before with other content.",
            Fault::caller,
            0,
            "Give the new message an id or key of its own; send the old one again unchanged."
        };
    }
}

// Problems of this service, of the network or of the peer.
Problem of_service(errc code)
{
    switch (code) {
    case errc::peer_unreachable:
        return {"peer_unreachable", 502, "The other side could not be reached.",
                Fault::network,     60,  "Try again later; tell the operator if it lasts."};
    case errc::peer_answer:
        return {"peer_answer", 502, "The other side's message or answer was not acceptable.",
                Fault::peer,   0,   "Tell the operator, who must ask the peer."};
    case errc::busy:
        return {"busy",       503, "Too many requests at once.",
                Fault::kurir, 2,   "Try again after the time in Retry-After."};
    case errc::stopping:
        return {"stopping",   503, "The service is stopping.",
                Fault::kurir, 10,  "Try again after the time in Retry-After."};
    case errc::clock_in_doubt:
        return {
            "clock_in_doubt",
            503,
            "The clock of the service has jumped; nothing was taken.",
            Fault::kurir,
            60,
            "Try again after the time in Retry-After; the operator must mend the clock (kurir "
            "status)."
        };
    case errc::certificate_invalid:
        return {
            "certificate_invalid",
            503,
            "The signing certificate of the access point is expired or not yet valid; nothing was "
            "taken.",
            Fault::kurir,
            60,
            "Try again after the time in Retry-After; the operator must replace node.key and "
            "node.certificate, or correct the date of the machine (kurir status)."
        };
    case errc::drained:
        return {
            "drained",
            503,
            "The operator has no more messages taken, for this recipient or for all.",
            Fault::kurir,
            60,
            "Try again after the time in Retry-After; the operator sees what is drained, and since "
            "when (kurir peers)."
        };
    case errc::disk_full:
        return {
            "disk_full",
            503,
            "Free space for the data folder is below pressure.disk_stop, or free inodes are below "
            "the fixed reserve; nothing was taken.",
            Fault::kurir,
            60,
            "Try again after the time in Retry-After; the operator must free space or inodes on "
            "the disk of node.data_dir, or set pressure.disk_stop lower (kurir status)."
        };
    case errc::log_full:
        return {
            "log_full",
            503,
            "The store's write-ahead log is longer than pressure.log_stop; nothing was taken.",
            Fault::kurir,
            60,
            "Try again after the time in Retry-After; the operator must end the program that reads "
            "the store for long (kurir status names it)."
        };
    case errc::store_locked:
        return {
            "store_locked",
            503,
            "Another program holds a lock on the store; nothing was taken.",
            Fault::kurir,
            5,
            "Try again after the time in Retry-After; the operator must end the program that holds "
            "the lock (kurir status names it)."
        };
    case errc::store_unavailable:
        return {
            "store_unavailable",
            503,
            "A file of the store could not be opened, or memory is used up; nothing was done.",
            Fault::kurir,
            30,
            "Try again after the time in Retry-After; the log line request_failed names the file "
            "and the reason, which the operator must fix."
        };
    case errc::payload_lost:
        return {
            "payload_lost",
            500,
            "The payload's file is missing, or is not what was written.",
            Fault::kurir,
            0,
            "Do not acknowledge the message; the operator must bring the file back from a backup "
            "(the log line request_failed names it). The record and the receipt are intact."
        };
    case errc::queue_full:
        return {
            "queue_full",
            503,
            "Too many messages wait to be sent; nothing was taken.",
            Fault::kurir,
            60,
            "Try again after the time in Retry-After; the operator must see why they do not leave "
            "(kurir peers, kurir queue)."
        };
    case errc::store_failed:
        return {
            "store_failed",
            503,
            "The store failed; whether this was done is not certain.",
            Fault::kurir,
            30,
            "Repeat the same request, which is safe; the operator must look at the disk and the "
            "log."
        };
    case errc::configuration:
        return {"configuration",
                500,
                "The configuration does not allow this.",
                Fault::kurir,
                0,
                "The operator must mend the configuration; the log has the detail."};
    default:
        return {"internal",   500, "The service failed.",
                Fault::kurir, 0,   "Tell the operator; the log has the detail."};
    }
}

} // namespace

Problem problem(errc code)
{
    switch (code) {
    case errc::no_such_path:
        return {"no_such_path", 404, "There is nothing at this path.",
                Fault::caller,  0,   "See schemas/openapi.yaml for the paths."};
    case errc::method_not_allowed:
        return {"method_not_allowed", 405, "This path does not take this method.",
                Fault::caller,        0,   "Use a method named in the Allow header."};
    case errc::unauthorized:
        return {
            "unauthorized",
            401,
            "The client is not known.",
            Fault::caller,
            0,
            "Use the client certificate or the bearer token that the operator registered as a "
            "[[client]]."
        };
    case errc::scope_missing:
        return {
            "scope_missing",
            403,
            "The client does not have the scope that this request needs.",
            Fault::caller,
            0,
            "Use a client that has the scope, or ask the operator to add it to the scopes of this "
            "[[client]]. The detail names the client and the scope."
        };
    case errc::unsupported_media_type:
        return {
            "unsupported_media_type",
            415,
            "The body's Content-Type is not one this path takes.",
            Fault::caller,
            0,
            "Send the Content-Type that the detail names."
        };
    case errc::unsupported_coding:
        return {
            "unsupported_coding",
            415,
            "A body with Content-Encoding is not taken.",
            Fault::caller,
            0,
            "Send the body as it is, without Content-Encoding; Kurir compresses payloads itself."
        };
    case errc::bad_request:
        return {"bad_request", 400, "A parameter or the JSON body is not what this path takes.",
                Fault::caller, 0,   "Mend the value that the detail names."};
    case errc::bad_form:
        return {
            "bad_form",
            400,
            "The form cannot be read, or its parts are not those that are described.",
            Fault::caller,
            0,
            "Send multipart/form-data: first the part named message, then each payload once, in "
            "any "
            "order."
        };
    case errc::bad_value:
        return {"bad_value",   422, "A value of the message cannot be sent.",
                Fault::caller, 0,   "Mend the value that the detail names."};
    case errc::request_timeout:
        return {"request_timeout", 408, "The request did not arrive in time.",
                Fault::caller,     1,   "Send the body without long pauses; repeat the request."};
    case errc::request_broken:
        return {"request_broken", 400, "The request ended before its body was complete.",
                Fault::caller,    1,   "Repeat the whole request; nothing of it was taken."};
    case errc::too_large:
        return {"too_large",   413, "The request is over a limit.",
                Fault::caller, 0,   "Send less; the detail names the limit, the operator sets it."};
    case errc::not_found:
        return {"not_found",   404, "There is no such message among those this client may see.",
                Fault::caller, 0,   "Check the id."};
    case errc::no_such_peer:
        return {"no_such_peer", 404, "There is no peer of this name.",
                Fault::caller,  0,   "Use the name of a [[peer]]; kurir status lists them."};
    case errc::no_receipt:
        return {
            "no_receipt",
            404,
            "The message has no receipt (yet).",
            Fault::peer,
            30,
            "Look at the message's state; an outbound message has one when it is delivered."
        };
    case errc::payload_gone:
        return {
            "payload_gone",
            410,
            "The payload was kept as long as the operator's rules say and is gone.",
            Fault::caller,
            0,
            "Fetch payloads sooner; the record with sizes, digests and receipt is still there."
        };
    case errc::wrong_state:
        return {"wrong_state",
                409,
                "The message's state does not allow this.",
                Fault::caller,
                0,
                "Acknowledge with the lease you got last; lease again if it lapsed."};
    case errc::text_too_large:
    case errc::too_compressible:
    case errc::conflict:
    case errc::not_your_participant:
    case errc::sender_not_served:
    case errc::not_well_formed:
    case errc::unsupported_encoding:
    case errc::wrong_encoding:
    case errc::doctype:
    case errc::not_xhe:
    case errc::incomplete_document:
    case errc::wrong_value:
    case errc::no_route:
    case errc::not_agreed:
        return of_document(code);
    case errc::peer_unreachable:
    case errc::peer_answer:
    case errc::busy:
    case errc::stopping:
    case errc::clock_in_doubt:
    case errc::certificate_invalid:
    case errc::drained:
    case errc::disk_full:
    case errc::queue_full:
    case errc::log_full:
    case errc::store_locked:
    case errc::store_unavailable:
    case errc::payload_lost:
    case errc::store_failed:
    case errc::configuration:
    case errc::internal:
        return of_service(code);
    }
    return of_service(errc::internal);
}

const char* text(errc code)
{
    // Each title is a string literal, so data() ends with a NUL.
    return problem(code).title.data();
}

std::string_view to_text(Fault fault)
{
    switch (fault) {
    case Fault::caller:
        return "caller";
    case Fault::peer:
        return "peer";
    case Fault::network:
        return "network";
    case Fault::kurir:
        return "kurir";
    }
    return "kurir";
}

} // namespace api
