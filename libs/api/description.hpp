// SPDX-License-Identifier: Apache-2.0
// Reads the JSON that describes a message in a form, as defined in schemas/openapi.yaml.
#pragma once

#include "http/message.hpp"
#include "msh/description.hpp"

namespace api {

// Reads `octets`, and the Idempotency-Key header of the request (with or without the quotes of its
// draft). errc::bad_request: the detail names the wrong member.
base::Result<msh::Description>
read_description(base::BytesView octets, const http::Request& request);

// Parses a time to live such as "2h": how long a submission is retried. errc::bad_request: no
// duration, or zero.
base::Result<base::Duration> time_to_live(std::string_view given);

} // namespace api
