// SPDX-License-Identifier: Apache-2.0
// The JSON that describes a message in a form, as schemas/openapi.yaml has it.
#pragma once

#include "http/message.hpp"
#include "msh/description.hpp"

namespace api {

// Reads `octets`, and the Idempotency-Key header of the request (with or without the quotes of its
// draft). errc::bad_request with the member that is wrong.
base::Result<msh::Description>
read_description(base::BytesView octets, const http::Request& request);

// "2h": how long a submission is to be tried. errc::bad_request.
base::Result<base::Duration> time_to_live(std::string_view given);

} // namespace api
