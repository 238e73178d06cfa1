#include <napi.h>

#include "binding/capture.h"
#include "binding/clock_offsets.h"
#include "binding/descriptors.h"
#include "binding/filter.h"
#include "binding/interface_addresses.h"
#include "binding/large_pages.h"
#include "binding/layout.h"
#include "binding/link_watch.h"
#include "binding/nft_events.h"
#include "binding/nft_set_reading.h"
#include "binding/nft_socket.h"
#include "binding/nft_transaction.h"
#include "binding/packet_log.h"
#include "binding/privileges.h"
#include "binding/ring.h"
#include "binding/slot.h"
#include "binding/tcp_sessions.h"
#include "binding/unix_datagram.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("layout", binding::layout(env));
  exports.Set("counters", binding::counters(env));
  exports.Set("Capture", binding::Capture::define(env));
  exports.Set("LinkWatch", binding::LinkWatch::define(env));
  exports.Set("NftEvents", binding::NftEvents::define(env));
  exports.Set("NftSetReading", binding::NftSetReading::define(env));
  exports.Set("NftSocket", binding::NftSocket::define(env));
  exports.Set("NftTransaction", binding::NftTransaction::define(env));
  exports.Set("PacketLog", binding::PacketLog::define(env));
  exports.Set("Ring", binding::Ring::define(env));
  exports.Set("UnixDatagram", binding::UnixDatagram::define(env));
  exports.Set("lockFile", Napi::Function::New(env, binding::lock_file, "lockFile"));
  exports.Set("keepDescriptors",
              Napi::Function::New(env, binding::keep_descriptors, "keepDescriptors"));
  exports.Set("findAccount", Napi::Function::New(env, binding::find_account, "findAccount"));
  exports.Set("isNarrowed", Napi::Function::New(env, binding::is_narrowed, "isNarrowed"));
  exports.Set("narrow", Napi::Function::New(env, binding::narrow, "narrow"));
  exports.Set("becomeProgram", Napi::Function::New(env, binding::become_program, "becomeProgram"));
  exports.Set("forbidDumps", Napi::Function::New(env, binding::forbid_dumps, "forbidDumps"));
  exports.Set("pipe", Napi::Function::New(env, binding::pipe, "pipe"));
  exports.Set("socketPair", Napi::Function::New(env, binding::socket_pair, "socketPair"));
  exports.Set("peerCredentials",
              Napi::Function::New(env, binding::peer_credentials, "peerCredentials"));
  exports.Set("interfaceAddresses",
              Napi::Function::New(env, binding::interface_addresses, "interfaceAddresses"));
  exports.Set("clockOffsets", Napi::Function::New(env, binding::clock_offsets, "clockOffsets"));
  exports.Set("untilLargePage",
              Napi::Function::New(env, binding::until_large_page, "untilLargePage"));
  exports.Set("useLargePages", Napi::Function::New(env, binding::use_large_pages, "useLargePages"));
  exports.Set("links", Napi::Function::New(env, binding::links, "links"));
  exports.Set("tcpSessions", Napi::Function::New(env, binding::tcp_sessions, "tcpSessions"));
  exports.Set("compileFilter", Napi::Function::New(env, binding::compile_filter, "compileFilter"));
  exports.Set("compileFanout", Napi::Function::New(env, binding::compile_fanout, "compileFanout"));
  exports.Set("readSlot", Napi::Function::New(env, binding::read_slot, "readSlot"));
  return exports;
}

}  // namespace

NODE_API_MODULE(postern, init)
