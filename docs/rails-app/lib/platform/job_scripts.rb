# frozen_string_literal: true

module Platform
  # What moves a job from one place in Redis to another. Each is one step: a job is never in neither place, whenever the
  # process, its node or the connection ends.
  module JobScripts
    # A full Redis (noeviction) refuses whatever may need memory, and so a move too, unless the script says that it may
    # (Redis 7.0, "allow-oom"). Then jobs are done and the memory is freed; else nobody would do any.
    ALLOWED = "#!lua flags=allow-oom\n"

    # The next job of the first queue that has one, into the list of those that a process does; and the queue. A list is
    # found again by its process, so with its first job the process is known.
    TAKE = <<~LUA
      for at = 3, #KEYS do
        local job = redis.call('LMOVE', KEYS[at], KEYS[1], 'RIGHT', 'LEFT')
        if job then
          redis.call('ZADD', KEYS[2], 'NX', redis.call('TIME')[1], ARGV[1])
          return { KEYS[at], job }
        end
      end
      return false
    LUA

    # From a list to the front of its queue, from where it is the next to be taken. What is no longer in the list has been
    # done, or moved by somebody else.
    RETURN = <<~LUA
      if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
      redis.call('SADD', 'queues', ARGV[3])
      return redis.call('RPUSH', KEYS[2], ARGV[2])
    LUA

    # From a list to a set of Sidekiq's that has a moment for each job: those that wait for theirs, or the dead.
    SET_ASIDE = <<~LUA
      if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
      return redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
    LUA

    # From such a set to the end of a queue.
    RELEASE = <<~LUA
      if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
      redis.call('SADD', 'queues', ARGV[3])
      return redis.call('LPUSH', KEYS[2], ARGV[2])
    LUA

    # A sign of life, by the clock of Redis, which all processes share.
    BEAT = <<~LUA
      return redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
    LUA

    # Who has given none for so many seconds.
    SILENT = <<~LUA
      return redis.call('ZRANGE', KEYS[1], '-inf', redis.call('TIME')[1] - ARGV[1], 'BYSCORE')
    LUA

    # A process that has nothing to be taken over.
    FORGET = <<~LUA
      if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
      return redis.call('ZREM', KEYS[2], ARGV[1])
    LUA

    # What a job says of itself; nothing when it is not a job, which Sidekiq too puts among the dead.
    def self.read(job)
      item = Sidekiq.load_json(job)
      item if item.is_a?(Hash) && item['queue']
    rescue JSON::ParserError
      nil
    end

    def self.call(connection, script, keys, arguments = [])
      connection.call('EVAL', ALLOWED + script, keys.size, *keys, *arguments)
    end
  end
end
