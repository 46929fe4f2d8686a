// SPDX-License-Identifier: Apache-2.0
// kurir show: prints one message, given by our id or by its eb:MessageId: its header, attempts,
// events and proof.
#include "kurir/commands.hpp"

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "kurir/text.hpp"

#include <cstdio>

namespace kurir {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const json::object& part_of(const json::object& object, std::string_view name)
{
    static const json::object none;
    const auto* value = object.if_contains(name);
    return value && value->is_object() ? value->get_object() : none;
}

void add_properties(Fields& fields, const json::object& of, const std::string& title)
{
    for (const auto& item : list_of(of, "properties")) {
        if (!item.is_object()) continue;
        const auto& property = item.get_object();
        auto line = text_of(property, "name") + " = " + text_of(property, "value");
        if (text_of(property, "type") != "-") line += " (" + text_of(property, "type") + ")";
        fields.emplace_back(title, std::move(line));
    }
}

void add_payloads(Fields& fields, const json::object& message)
{
    for (const auto& item : list_of(message, "parts")) {
        if (!item.is_object()) continue;
        const auto& part = item.get_object();
        auto line = text_of(part, "content_id") + ", " + text_of(part, "mime_type") + ", " +
                    text_of(part, "size") + " octets";
        if (text_of(part, "compressed") == "true")
            line += ", " + text_of(part, "transfer_size") + " compressed";
        if (text_of(part, "character_set") != "-")
            line += ", character set " + text_of(part, "character_set");
        fields.emplace_back("Payload", std::move(line));
        add_properties(fields, part, "  property");
    }
}

void add_signer(Fields& fields, const json::object& signer)
{
    fields.emplace_back("  signed by", text_of(signer, "subject"));
    fields.emplace_back("  issued by", text_of(signer, "issuer"));
    fields.emplace_back("  certificate", text_of(signer, "sha256"));
}

// Adds the signer of a received message, and the receipt that we received or sent.
void add_proof(Fields& fields, const json::object& message)
{
    const auto& message_signer = part_of(message, "message_signer");
    if (!message_signer.empty()) {
        fields.emplace_back("Signature", "of the message, verified");
        add_signer(fields, message_signer);
    }
    const auto& receipt = part_of(message, "receipt");
    if (receipt.empty()) {
        fields.emplace_back("Receipt", "none");
        return;
    }
    fields.emplace_back("Receipt", text_of(receipt, "id"));
    const auto& signer = part_of(receipt, "signer");
    if (signer.empty())
        fields.emplace_back("  signed by", "this access point");
    else
        add_signer(fields, signer);
}

void tell_attempts(const json::object& message)
{
    std::vector<Row> rows;
    for (const auto& item : list_of(message, "attempts")) {
        if (!item.is_object()) continue;
        const auto& attempt = item.get_object();
        rows.push_back(
            {text_of(attempt, "started"), text_of(attempt, "took_ms") + " ms",
             text_of(attempt, "http_status"), text_of(attempt, "ebms_error"),
             text_of(attempt, "bytes"), text_of(attempt, "endpoint"), text_of(attempt, "error")}
        );
    }
    std::puts("");
    print_table(
        {"ATTEMPT", "TOOK", "HTTP", "EBMS", "BYTES", "ENDPOINT", "ERROR"}, rows, "No attempts."
    );
}

void tell_events(const json::object& message)
{
    std::vector<Row> rows;
    for (const auto& item : list_of(message, "events")) {
        if (!item.is_object()) continue;
        const auto& event = item.get_object();
        rows.push_back({text_of(event, "at"), text_of(event, "name"), text_of(event, "detail")});
    }
    std::puts("");
    print_table({"EVENT AT", "WHAT", "DETAIL"}, rows, "No events.");
}

void tell(const json::object& message)
{
    Fields fields{
        {"Message", text_of(message, "id") + ", " + text_of(message, "direction")},
        {"MessageId", text_of(message, "message_id")},
        {"State", text_of(message, "state") + ", since " + text_of(message, "changed")},
        {"Last error", text_of(message, "last_error")},
        {"Next try", text_of(message, "next_try")},
        {"Created", text_of(message, "created")},
        {"Expires", text_of(message, "expires")},
        {"From", text_of(message, "sender") + " by party " + text_of(message, "from_party")},
        {"To", text_of(message, "recipient") + " by party " + text_of(message, "to_party")},
        {"Peer", text_of(message, "peer")},
        {"Service", text_of(message, "service")},
        {"  of type", text_of(message, "service_type")},
        {"Action", text_of(message, "action")},
        {"Conversation", text_of(message, "conversation_id")},
        {"Answer to", text_of(message, "ref_to_message_id")},
    };
    const auto& agreement = part_of(message, "agreement");
    if (!agreement.empty()) fields.emplace_back("Agreement", text_of(agreement, "value"));
    add_properties(fields, message, "Property");
    add_payloads(fields, message);
    if (text_of(message, "payload_gone") == "true")
        fields.emplace_back("", "removed by retention; sizes and digests are evidence");
    add_proof(fields, message);
    print_fields(fields);
    if (text_of(message, "direction") == "outbound") tell_attempts(message);
    tell_events(message);
}

int show_one(AdminClient& admin, const std::string& id)
{
    const auto message = admin.get("/admin/messages/" + base::percent_encode(id));
    if (!message) return admin.exit_code();
    if (admin.form() == Form::json)
        print(*message);
    else
        tell(*message);
    return ok;
}

} // namespace

int show(AdminClient& admin, const Words& words)
{
    const auto& id = words.arguments.front();
    if (base::is_uuid(id)) return show_one(admin, id);

    // Several messages can have the same MessageId, for example one sent and one received.
    const auto found = admin.get("/admin/messages?message_id=" + base::percent_encode(id));
    if (!found) return admin.exit_code();
    const auto& items = list_of(*found, "items");
    if (items.empty()) {
        std::fprintf(stderr, "kurir: no message with the MessageId %s\n", shown(id).c_str());
        return failed;
    }
    for (const auto& item : items) {
        if (const int outcome = show_one(admin, text_of(item.get_object(), "id")); outcome != ok)
            return outcome;
    }
    return ok;
}

} // namespace kurir
