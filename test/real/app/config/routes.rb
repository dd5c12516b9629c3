# frozen_string_literal: true

Rails.application.routes.draw do
  resources :posts, only: %i[index show create]
  resource :cached, only: :show, controller: :cached
  resource :session, only: %i[show create]
  resources :jobs, only: :create
  resource :request, only: %i[show create]
  get 'raise' => 'database#fail'
  get 'local' => 'database#local'
  get 'rolled_back' => 'database#rolled_back'
  get 'slow' => 'database#slow'
  get 'prepared' => 'database#prepared'
end
