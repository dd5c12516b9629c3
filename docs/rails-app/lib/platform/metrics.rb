# frozen_string_literal: true

require_relative 'statsd'

module Platform
  # What the dashboards and monitors ask for beside traces: metrics.md says where the app calls this.
  module Metrics
    ACTIVE_MINUTES = 15

    class << self
      def event_registered
        statsd.count('eren.events.registrations')
      end

      def e_scores_updated(users = 1)
        statsd.count('eren.e_score.updates', users)
      end

      # Google gives away so many calls a month; failed ones count.
      def geocoding_requested
        statsd.count('eren.geocoding.requests')
      end

      # With 429, by the limit of that name.
      def request_refused(limit)
        statsd.count('eren.requests.refused', 1, limit: limit.tr(' ', '_'))
      end

      # Its process was killed, and another one takes it over.
      def job_interrupted(queue)
        statsd.count('eren.sidekiq.jobs.interrupted', 1, queue:)
      end

      # It has failed, or lost its process, as often as it may: a person looks at it.
      def job_dead(queue)
        statsd.count('eren.sidekiq.jobs.dead', 1, queue:)
      end

      # Redis counts each user once, whichever pod answered: a few kilobytes a minute, gone after twenty.
      def user_active(id)
        key = minute_key(0)
        Sidekiq.redis do |redis|
          redis.pipelined do |pipeline|
            pipeline.call('PFADD', key, id)
            pipeline.call('EXPIRE', key, (ACTIVE_MINUTES + 5) * 60)
          end
        end
      rescue RedisClient::Error
        nil # A page is worth more than its count.
      end

      # By Sidekiq, every half minute.
      def report_users
        keys = Array.new(ACTIVE_MINUTES) { |ago| minute_key(ago) }
        statsd.gauge('eren.users.active', Sidekiq.redis { |redis| redis.call('PFCOUNT', *keys) })
      end

      # Datadog's own integration needs Sidekiq Pro. An empty queue says 0, so that no data means nobody reports.
      def report_queues(names)
        known = Sidekiq::Queue.all.map(&:name)
        (names | known).each do |name|
          queue = Sidekiq::Queue.new(name)
          statsd.gauge('eren.sidekiq.queue.latency', queue.latency.round(1), queue: name)
          statsd.gauge('eren.sidekiq.queue.size', queue.size, queue: name)
        end
      end

      private

      def statsd
        @statsd ||= Statsd.from_environment
      end

      def minute_key(ago)
        "active_users:#{(Time.now.to_i / 60) - ago}"
      end
    end
  end
end
