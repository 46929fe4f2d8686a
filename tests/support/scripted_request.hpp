// SPDX-License-Identifier: Apache-2.0
// A http::Request made of given values, for code behind the server.
#pragma once

#include "http/message.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace support {

class ScriptedRequest final : public http::Request {
public:
    ScriptedRequest(
        std::string method, std::string path, base::Bytes body = {}, std::size_t piece = 64 * 1024
    )
        : method_(std::move(method)), path_(std::move(path)), body_(std::move(body)), piece_(piece)
    {
    }
    const std::string& method() const override { return method_; }
    const std::string& path() const override { return path_; }
    std::optional<std::string> query(std::string_view name) const override
    {
        const auto found = queries.find(std::string(name));
        if (found == queries.end()) return std::nullopt;
        return found->second;
    }
    const http::Headers& headers() const override { return fields; }
    const std::optional<crypto::Certificate>& client_certificate() const override
    {
        return certificate;
    }
    const std::string& remote() const override { return remote_; }
    std::optional<std::uint64_t> content_length() const override { return body_.size(); }
    boost::asio::awaitable<base::Result<std::optional<base::BytesView>>> read() override
    {
        if (failure) co_return *failure;
        std::optional<base::BytesView> piece;
        if (read_ < body_.size()) {
            piece = base::BytesView(body_).substr(read_, piece_);
            read_ += piece->size();
        }
        co_return piece;
    }

    bool displace_slow_request() override { return displace && displace(); }
    bool is_of_small_client() const override { return of_small_client; }

    http::Headers fields;
    std::map<std::string, std::string> queries;
    std::optional<crypto::Certificate> certificate;
    std::optional<base::Error> failure; // what read() answers instead of octets
    std::function<bool()> displace;     // what displace_slow_request() does
    bool of_small_client = false;

private:
    std::string method_;
    std::string path_;
    base::Bytes body_;
    std::size_t piece_;
    std::size_t read_ = 0;
    std::string remote_ = "scripted";
};

} // namespace support
