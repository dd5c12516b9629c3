# frozen_string_literal: true

require 'sidekiq/scheduled'
require_relative 'job_scripts'

module Platform
  # Retries, and jobs for a moment: Sidekiq's own scheduler takes one out of its set and then enqueues it, and a process
  # that is killed between the two, or a Redis that is full, loses it. Here both are one step. Middleware of the client
  # is not asked a second time; it was when the job was made.
  class ReliableSchedule < Sidekiq::Scheduled::Enq
    def enqueue_jobs(sets = Sidekiq::Scheduled::SETS)
      redis do |conn|
        sets.each do |set|
          while !@done && (job = due(conn, set))
            release(conn, set, job)
          end
        end
      end
    end

    private

    def due(conn, set)
      conn.call('ZRANGE', set, '-inf', Time.now.to_f.to_s, 'BYSCORE', 'LIMIT', 0, 1).first
    end

    def release(conn, set, job)
      item = JobScripts.read(job)
      return bury(conn, set, job) unless item

      item['enqueued_at'] = Time.now.to_f
      queue = item['queue']
      JobScripts.call(conn, JobScripts::RELEASE, [set, "queue:#{queue}"], [job, Sidekiq.dump_json(item), queue])
    end

    # Else it would be the first of its set for ever, and all others would wait behind it.
    def bury(conn, set, job)
      conn.multi do |both|
        both.call('ZADD', 'dead', Time.now.to_f, job)
        both.call('ZREM', set, job)
      end
    end
  end
end
