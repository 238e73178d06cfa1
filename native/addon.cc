#include <napi.h>

#include "binding/nft_socket.h"
#include "binding/nft_transaction.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  binding::NftSocket::init(env, exports);
  binding::NftTransaction::init(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(postern, init)
