// SPDX-License-Identifier: Apache-2.0
// kurir send: submits as the operator and streams from files: an XHE document, or payloads with
// their description.
#include "kurir/commands.hpp"

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "kurir/described.hpp"
#include "kurir/form_body.hpp"
#include "kurir/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>

namespace kurir {

namespace {

// A file as a request body. next() blocks while it reads. Nothing else runs in this program
// meanwhile.
class FileBody : public http::BodySource {
public:
    FileBody(base::File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
    std::optional<std::uint64_t> length() const override { return size_; }
    boost::asio::awaitable<base::Result<base::Bytes>> next() override
    {
        base::Bytes piece(64 * 1024, '\0');
        const auto count = file_.read(piece.data(), piece.size());
        if (!count) co_return count.error();
        piece.resize(*count);
        co_return piece;
    }

private:
    base::File file_;
    std::uint64_t size_;
};

// A request; or an exit code other than ok, after the error was printed.
struct Prepared {
    http::ClientRequest request;
    int exit = ok;
};

Prepared wrong(int exit, const std::string& what)
{
    std::fprintf(stderr, "kurir: %s\n", shown(what).c_str());
    Prepared nothing;
    nothing.exit = exit;
    return nothing;
}

Prepared document(const std::string& name)
{
    auto file = base::File::open(name);
    if (!file) return wrong(failed, file.error().text());
    const auto size = file->size();
    if (!size) return wrong(failed, size.error().text());
    Prepared prepared;
    prepared.request.headers.set("Content-Type", "application/xml");
    prepared.request.source = std::make_unique<FileBody>(std::move(*file), *size);
    return prepared;
}

// Copies the options that map directly to members of the description.
void describe(json::object& description, const Words& words)
{
    constexpr std::pair<std::string_view, std::string_view> members[] = {
        {"--peer", "peer"},
        {"--action", "action"},
        {"--conversation", "conversation_id"},
        {"--ref", "ref_to_message_id"},
        {"--message-id", "message_id"},
        {"--key", "idempotency_key"},
        {"--time-to-live", "time_to_live"}
    };
    for (const auto& [option, member] : members)
        if (const auto value = words.option(option)) description[member] = *value;
    if (const auto from = words.option("--from"))
        description["original_sender"] = json::object{{"id", *from}};
    if (const auto to = words.option("--to"))
        description["final_recipient"] = json::object{{"id", *to}};
    if (const auto service = words.option("--service"))
        description["service"] = json::object{{"value", *service}};
    if (const auto type = words.option("--service-type"))
        description["service"].as_object()["type"] = *type;
}

Prepared form(const Words& words)
{
    if (words.option("--service-type") && !words.option("--service"))
        return wrong(usage, "--service-type needs --service");
    json::object description;
    describe(description, words);
    json::array properties;
    for (const auto& word : words.values("--property")) {
        auto property = read_property(word);
        if (!property) return wrong(usage, "--property takes NAME=VALUE[,type=TYPE]");
        properties.push_back(std::move(*property));
    }
    if (!properties.empty()) description["properties"] = std::move(properties);
    json::array payloads;
    std::vector<std::string> files;
    for (const auto& word : words.values("--payload")) {
        auto payload = read_payload(word);
        payload.described["part"] = "payload-" + std::to_string(files.size() + 1);
        files.push_back(payload.file);
        payloads.push_back(std::move(payload.described));
    }
    description["payloads"] = std::move(payloads);

    auto body = std::make_unique<FormBody>();
    body->add_json("message", json::serialize(description));
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto added = body->add_file("payload-" + std::to_string(i + 1), files[i]);
        if (!added) return wrong(failed, added.error().text());
    }
    body->finish();
    Prepared prepared;
    prepared.request.headers.set("Content-Type", body->content_type());
    prepared.request.source = std::move(body);
    return prepared;
}

int tell(const json::object& taken)
{
    const bool existed = text_of(taken, "existed") == "true";
    std::puts(
        existed ? "This message was submitted before; nothing was added."
                : "Taken; it is kept and will be sent."
    );
    print_fields(
        {{"Message", text_of(taken, "id")},
         {"MessageId", text_of(taken, "message_id")},
         {"State", text_of(taken, "state")}}
    );
    std::puts(("See kurir show " + text_of(taken, "id")).c_str());
    return ok;
}

} // namespace

int send(AdminClient& admin, const Words& words)
{
    const bool is_document = !words.arguments.empty();
    const auto time = words.option("--time-to-live");
    const bool described = words.options.size() > (time ? 1u : 0u);
    if (is_document == described)
        return wrong(
                   usage,
                   "send takes the FILE of an XHE document, or options that describe a message"
        )
            .exit;
    auto prepared = is_document ? document(words.arguments.front()) : form(words);
    if (prepared.exit != ok) return prepared.exit;
    std::string path = "/admin/messages";
    if (is_document && time) path += "?time_to_live=" + base::percent_encode(*time);
    const auto response = admin.send(std::move(prepared.request), path);
    if (!response) return admin.exit_code();

    boost::system::error_code failure;
    const auto answer = json::parse(response->body, failure);
    if (failure || !answer.is_object()) {
        std::fputs("kurir: kurird's answer is not JSON\n", stderr);
        return failed;
    }
    if (admin.form() == Form::text) return tell(answer.get_object());
    print(answer.get_object());
    return ok;
}

} // namespace kurir
