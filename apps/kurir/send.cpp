// SPDX-License-Identifier: Apache-2.0
// kurir send: submits an XHE document as the operator, streamed from its file.
#include "kurir/commands.hpp"

#include "base/file.hpp"
#include "kurir/text.hpp"

#include <boost/json/parse.hpp>

#include <cstdio>

namespace kurir {

namespace {

// The file as a request's body. It blocks while it reads, which harms nobody in a program that does
// one thing.
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

base::Result<std::unique_ptr<http::BodySource>> open(const std::string& name)
{
    auto file = base::File::open(name);
    if (!file) return file.error();
    const auto size = file->size();
    if (!size) return size.error();
    return std::unique_ptr<http::BodySource>(std::make_unique<FileBody>(std::move(*file), *size));
}

} // namespace

int send(AdminClient& admin, const Words& words)
{
    auto body = open(words.arguments.front());
    if (!body) {
        std::fprintf(stderr, "kurir: %s\n", body.error().text().c_str());
        return failed;
    }
    http::ClientRequest request;
    request.headers.set("Content-Type", "application/xml");
    request.source = std::move(*body);
    const auto response = admin.send(std::move(request), "/admin/messages");
    if (!response) return admin.exit_code();

    boost::system::error_code failure;
    const auto answer = json::parse(response->body, failure);
    if (failure || !answer.is_object()) {
        std::fputs("kurir: kurird's answer is not JSON\n", stderr);
        return failed;
    }
    const auto& taken = answer.get_object();
    if (admin.form() == Form::json) {
        print(taken);
        return ok;
    }
    const bool existed = text_of(taken, "existed") == "true";
    std::puts(
        existed ? "This document was submitted before; nothing was added."
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

} // namespace kurir
