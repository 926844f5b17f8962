#include "store/redis/redis_reader_guard.hpp"

namespace thalamus::store {

namespace {

using functions = redisReplyObjectFunctions;
#if HIREDIS_MAJOR >= 1
using array_length = std::size_t;
#else
using array_length = int;
#endif

const functions* original = nullptr; // hiredis' own; the same for every reader

/// An error may come unrequested: servers reject connections that way, and hiredis expects it.
bool is_due(const redisReadTask* task) {
    return task->parent || task->type == REDIS_REPLY_ERROR ||
           static_cast<const reply_account*>(task->privdata)->reply_due();
}

void* make_string(const redisReadTask* task, char* bytes, std::size_t size) {
    return is_due(task) && size <= largest_reply ? original->createString(task, bytes, size)
                                                 : nullptr;
}
void* make_array(const redisReadTask* task, array_length size) {
    return is_due(task) && static_cast<std::size_t>(size) <= largest_array
               ? original->createArray(task, size)
               : nullptr;
}
void* make_integer(const redisReadTask* task, long long value) {
    return is_due(task) ? original->createInteger(task, value) : nullptr;
}
void* make_nil(const redisReadTask* task) {
    return is_due(task) ? original->createNil(task) : nullptr;
}
#if HIREDIS_MAJOR >= 1
void* make_double(const redisReadTask* task, double value, char* text, std::size_t size) {
    return is_due(task) ? original->createDouble(task, value, text, size) : nullptr;
}
void* make_bool(const redisReadTask* task, int value) {
    return is_due(task) ? original->createBool(task, value) : nullptr;
}
#endif

} // namespace

void guard_reader(redisAsyncContext& context, const reply_account& account) {
    static functions guarded = [&] {
        original = context.c.reader->fn;
        functions all = *original;
        all.createString = make_string;
        all.createArray = make_array;
        all.createInteger = make_integer;
        all.createNil = make_nil;
#if HIREDIS_MAJOR >= 1
        all.createDouble = make_double;
        all.createBool = make_bool;
#endif
        return all;
    }();
    context.c.reader->fn = &guarded;
    context.c.reader->privdata = const_cast<reply_account*>(&account);
}

} // namespace thalamus::store
