// SPDX-License-Identifier: Apache-2.0
// kurir metrics: prints the metrics of the service in the format for a Prometheus scraper.
#include "kurir/commands.hpp"

#include <cstdio>

namespace kurir {

int metrics(AdminClient& admin, const Words&)
{
    if (admin.form() == Form::json) {
        std::fputs("kurir: metrics have one form, that of Prometheus; leave out --json\n", stderr);
        return usage;
    }
    http::ClientRequest request;
    request.method = "GET";
    const auto response = admin.send(std::move(request), "/metrics");
    if (!response) return admin.exit_code();
    std::fwrite(response->body.data(), 1, response->body.size(), stdout);
    return ok;
}

} // namespace kurir
