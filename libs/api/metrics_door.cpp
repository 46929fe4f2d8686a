// SPDX-License-Identifier: Apache-2.0
// The door for monitoring: only metrics and health.
#include "api/api.hpp"

#include "api/handlers.hpp"
#include "api/metrics.hpp"

namespace api {

namespace {

constexpr std::string_view metrics_path = "/metrics";

// A route without a handler is answered by MetricsDoor::handle(), which knows version, start and
// doors.
constexpr Route routes[] = {
    {"GET", metrics_path, nullptr, Access::anybody()},
    {"GET", "/healthz", health, Access::anybody()},
};

} // namespace

std::span<const Route> metrics_routes()
{
    return routes;
}

MetricsDoor::MetricsDoor(msh::Msh& msh, About about) : msh_(msh), about_(std::move(about)) {}

asio::awaitable<http::Response> MetricsDoor::handle(http::Request& request)
{
    const auto matched = match(routes, request.method(), request.path());
    if (!matched) co_return refuse(matched.error(), routes, request);
    if (matched->route->pattern == metrics_path) co_return co_await metrics(msh_, about_);
    Call call{msh_, request, unknown_caller(), {}, {}};
    co_return co_await matched->route->handler(call);
}

} // namespace api
