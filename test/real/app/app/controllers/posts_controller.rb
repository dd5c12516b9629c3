# frozen_string_literal: true

# Reads and writes PostgreSQL, with prepared statements.
class PostsController < ApplicationController
  def index
    render json: Post.order(id: :desc).limit(10).pluck(:id, :title)
  end

  def show
    render json: Post.find(params[:id])
  end

  def create
    post = Post.transaction do
      Post.create!(title: params.require(:title)).tap { |created| Post.where(id: created.id).update_all('views = views + 1') }
    end
    Platform::Metrics.event_registered
    render json: { id: post.id }, status: :created
  end
end
